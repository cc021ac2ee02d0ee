"""There is fog, too."""

from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    op.execute("ALTER TYPE sky ADD VALUE IF NOT EXISTS 'fog'")


def downgrade():
    raise NotImplementedError("labels stay")
