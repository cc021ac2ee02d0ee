"""Lights, and where they stand."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "light",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("harbour_id", sa.Integer(), sa.ForeignKey("harbour.id", name="light_harbour"), nullable=False),
        sa.Column("colour", sa.String(8), nullable=False, server_default="red"),
    )
    op.create_index("light_colour", "light", ["colour"])
    op.get_bind().execute(sa.text("INSERT INTO light (id, harbour_id) VALUES (1, 1)"))


def downgrade():
    op.drop_table("light")
