"""Boats, with a check that has no name."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table("boat", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("deck", sa.Integer(), sa.CheckConstraint("deck > 0")))


def downgrade():
    op.drop_table("boat")
