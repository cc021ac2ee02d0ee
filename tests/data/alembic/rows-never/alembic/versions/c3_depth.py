"""Berths have a depth, and a day on which it was measured."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("berth") as batch:
        batch.add_column(sa.Column("depth", sa.Integer(), nullable=False))
        batch.add_column(sa.Column("measured", sa.Date(), nullable=False))


def downgrade():
    with op.batch_alter_table("berth") as batch:
        batch.drop_column("measured")
        batch.drop_column("depth")
