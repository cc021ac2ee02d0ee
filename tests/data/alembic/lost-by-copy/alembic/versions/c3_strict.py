"""Boats have a deck: the copy of the table has no check."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    with op.batch_alter_table("boat") as batch:
        batch.alter_column("deck", existing_type=sa.Integer(), nullable=False)


def downgrade():
    with op.batch_alter_table("boat") as batch:
        batch.alter_column("deck", existing_type=sa.Integer(), nullable=True)
