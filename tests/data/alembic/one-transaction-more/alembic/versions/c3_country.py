"""Countries."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("country", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(40)))


def downgrade():
    op.drop_table("country")
