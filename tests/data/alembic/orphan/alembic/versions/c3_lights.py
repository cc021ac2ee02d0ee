"""Lights."""

revision = "c3"
down_revision = "b9"


def upgrade():
    pass


def downgrade():
    pass
