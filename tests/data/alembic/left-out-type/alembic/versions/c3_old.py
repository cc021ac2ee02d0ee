"""A table that is kept and not compared, with a type of its own."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "old_berth",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Enum("long", "short", name="old_kind")),
    )


def downgrade():
    op.drop_table("old_berth")
