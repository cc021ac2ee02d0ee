"""Names of harbours are words."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.create_check_constraint("harbour_named", "name <> '9'")


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.drop_constraint("harbour_named", type_="check")
