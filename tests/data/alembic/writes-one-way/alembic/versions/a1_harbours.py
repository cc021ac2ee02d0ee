"""tides, counted in minutes"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("tide", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("highest", sa.Integer()))


def downgrade():
    op.drop_table("tide")
