"""The log has a history of its own."""

import sqlalchemy as sa
from alembic import op

revision = "x1"
down_revision = None
branch_labels = ("audit",)


def upgrade():
    op.create_table("log", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("log")
