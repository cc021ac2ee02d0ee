"""Berths have a depth: added, filled, and then required."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.add_column("berth", sa.Column("depth", sa.Integer()))
    op.execute("UPDATE berth SET depth = 3")
    with op.batch_alter_table("berth") as batch:
        batch.alter_column("depth", existing_type=sa.Integer(), nullable=False)


def downgrade():
    with op.batch_alter_table("berth") as batch:
        batch.drop_column("depth")
