"""What needs both."""

import sqlalchemy as sa
from alembic import op

revision = "e6"
down_revision = "d5"


def upgrade():
    op.create_table(
        "pair",
        sa.Column("ours", sa.Integer(), sa.ForeignKey("ours.id"), primary_key=True),
        sa.Column("theirs", sa.Integer(), sa.ForeignKey("theirs.id"), primary_key=True),
    )


def downgrade():
    op.drop_table("pair")
