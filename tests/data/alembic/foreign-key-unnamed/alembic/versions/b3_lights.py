"""Lights, with the number of their harbour."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table("light", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("harbour_id", sa.Integer()))


def downgrade():
    op.drop_table("light")
