"""Lights refer to harbours: MySQL makes an index for that, and keeps it when the foreign key goes."""

from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    with op.batch_alter_table("light") as batch:
        batch.create_foreign_key("light_harbour", "harbour", ["harbour_id"], ["id"])


def downgrade():
    with op.batch_alter_table("light") as batch:
        batch.drop_constraint("light_harbour", type_="foreignkey")
