"""Names are thrown away."""

from alembic import op

revision = "d4"
down_revision = "c3"


def upgrade():
    op.execute("UPDATE harbour SET name = 'x'")


def downgrade():
    assert False, "the names are gone"
