"""What can't be part of a transaction, as it was written before `autocommit_block`."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.execute("COMMIT")
    op.execute("CREATE INDEX CONCURRENTLY harbour_name ON harbour (name)")


def downgrade():
    op.drop_index("harbour_name")
