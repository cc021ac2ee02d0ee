"""Nobody wrote how to take it down."""

revision = "d4"
down_revision = "c3"


def upgrade():
    pass
