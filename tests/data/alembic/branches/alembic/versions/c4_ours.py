"""Ours, beside it."""

import sqlalchemy as sa
from alembic import op

revision = "c4"
down_revision = "b2"


def upgrade():
    op.create_table("ours", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("ours")
