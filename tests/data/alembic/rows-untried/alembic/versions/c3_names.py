"""Boats have a name, and a length that is filled in."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    op.add_column("boat", sa.Column("name", sa.String(40), nullable=False))
    with op.batch_alter_table("boat") as batch:
        batch.add_column(sa.Column("length", sa.Integer()))
    op.execute("UPDATE boat SET length = 1")
    with op.batch_alter_table("boat") as batch:
        batch.alter_column("length", existing_type=sa.Integer(), nullable=False)


def downgrade():
    with op.batch_alter_table("boat") as batch:
        batch.drop_column("length")
        batch.drop_column("name")
