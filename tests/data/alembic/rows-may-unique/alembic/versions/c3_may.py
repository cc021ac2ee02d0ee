"""Names of harbours are unique."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.create_unique_constraint("harbour_name", ["name"])


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.drop_constraint("harbour_name", type_="unique")
