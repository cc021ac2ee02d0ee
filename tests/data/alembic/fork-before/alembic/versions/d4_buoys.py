"""Buoys, in a pull request to a base that has two heads."""

import sqlalchemy as sa
from alembic import op

revision = "d4"
down_revision = "c3"


def upgrade():
    op.create_table("buoy", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("buoy")
