"""Harbours get a name; their table is made by the application."""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.add_column("harbour", sa.Column("name", sa.String(40)))


def downgrade():
    op.drop_column("harbour", "name")
