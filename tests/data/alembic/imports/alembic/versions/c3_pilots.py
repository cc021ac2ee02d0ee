"""Pilots

Revision ID: c3
Create Date: 2024-03-01 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("pilot", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("pilot")
