"""Harbours are looked up by their names."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_index("ix_harbour_name", "harbour", ["name"])


def downgrade():
    op.drop_index("ix_harbour_name", "harbour")
