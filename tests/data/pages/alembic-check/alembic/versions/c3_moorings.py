"""Moorings."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "mooring",
        sa.Column("berth_id", sa.Integer(), sa.ForeignKey("berth.id", name="mooring_berth"), nullable=False),
        sa.Column("boat", sa.String(40), nullable=False),
        sa.Column("kind", sa.Enum("long", "short", name="kind"), nullable=False),
        sa.Column("length", sa.Integer(), server_default="1", nullable=False),
        sa.Column("closed", sa.DateTime()),
        sa.Column("shown", sa.String(60), sa.Computed("upper(boat)"), nullable=False),
        sa.PrimaryKeyConstraint("berth_id", "boat"),
        sa.CheckConstraint("length > 0", name="has_length"),
    )
    op.create_index("ix_mooring_open", "mooring", ["berth_id"], postgresql_where=sa.text("closed IS NULL"))


def downgrade():
    op.drop_table("mooring")
    op.execute("DROP TYPE kind")
