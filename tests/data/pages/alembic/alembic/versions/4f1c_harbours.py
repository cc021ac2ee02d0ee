"""Harbours and berths."""

import sqlalchemy as sa
from alembic import op

revision = "4f1c07b2a9de"
down_revision = None


def upgrade():
    op.create_table(
        "harbour",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
    )
    op.create_table(
        "berth",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("harbour_id", sa.Integer, sa.ForeignKey("harbour.id"), nullable=False),
    )


def downgrade():
    op.drop_table("berth")
    op.drop_table("harbour")
