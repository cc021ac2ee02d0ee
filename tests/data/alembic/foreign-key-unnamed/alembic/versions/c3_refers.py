"""Lights refer to harbours: the index that MySQL makes is called like the column."""

from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    op.create_foreign_key(None, "light", "harbour", ["harbour_id"], ["id"])


def downgrade():
    op.drop_constraint("light_ibfk_1", "light", type_="foreignkey")
