"""Both

Revision ID: d5
Create Date: 2024-03-02 08:00:00

"""

revision = "d5"
down_revision = ("c3", "c4")


def upgrade():
    pass


def downgrade():
    pass
