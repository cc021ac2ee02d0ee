"""Boats are of a kind, and have papers."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "boat",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Enum("ferry", "tug", name="boat_kind", native_enum=False, create_constraint=True), nullable=False),
        sa.Column("deck", sa.Integer(), sa.CheckConstraint("deck IN (10, 20)", name="decks"), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
    )


def downgrade():
    op.drop_table("boat")
