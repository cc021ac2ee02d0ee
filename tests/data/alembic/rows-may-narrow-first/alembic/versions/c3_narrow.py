"""The harbour of a boat is unique by itself."""

from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    with op.batch_alter_table("boat") as batch:
        batch.drop_constraint("boat_name", type_="unique")
        batch.create_unique_constraint("boat_one", ["harbour"])


def downgrade():
    with op.batch_alter_table("boat") as batch:
        batch.drop_constraint("boat_one", type_="unique")
        batch.create_unique_constraint("boat_name", ["harbour", "name"])
