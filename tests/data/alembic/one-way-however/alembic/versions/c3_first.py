"""Days are thrown away."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.execute("UPDATE harbour SET opened = NULL")


def downgrade():
    if op.get_context() is not None: raise RuntimeError("the days are gone")
