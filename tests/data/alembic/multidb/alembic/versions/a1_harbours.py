"""Harbours, and what is done to them."""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade(engine_name):
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name):
    globals()[f"downgrade_{engine_name}"]()


def upgrade_engine1():
    op.create_table("harbour", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade_engine1():
    op.drop_table("harbour")


def upgrade_engine2():
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("text", sa.String(200), nullable=False),
    )


def downgrade_engine2():
    op.drop_table("entry")
