"""Fog was seen: PostgreSQL uses a label only when the transaction that adds it is over."""

from alembic import op

revision = "d4"
down_revision = "c3"


def upgrade():
    op.execute("INSERT INTO weather (kind) VALUES ('fog')")


def downgrade():
    op.execute("DELETE FROM weather WHERE kind = 'fog'")
