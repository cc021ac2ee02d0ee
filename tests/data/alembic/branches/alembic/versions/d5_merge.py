"""Both."""

revision = "d5"
down_revision = ("c3", "c4")


def upgrade():
    pass


def downgrade():
    pass
