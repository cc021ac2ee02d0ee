"""Notes of harbours are thrown away."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.execute("UPDATE harbour SET opened = NULL")


def downgrade():
    raise NotImplementedError(
        "the days are gone"
    )
