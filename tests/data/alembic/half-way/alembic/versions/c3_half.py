"""It drops something, and then says that there is no way back."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("pier", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table("crane", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("crane")
    raise RuntimeError("piers can't be taken away")
