"""Boats have a name, unique in their harbour."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "boat",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("harbour", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.UniqueConstraint("harbour", "name", name="boat_name"),
    )


def downgrade():
    op.drop_table("boat")
