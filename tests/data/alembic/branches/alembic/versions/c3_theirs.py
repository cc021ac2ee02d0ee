"""The base's own branch."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("theirs", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("theirs")
