"""The day is known."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("opened", existing_type=sa.DateTime(), nullable=False, existing_server_default=sa.func.current_timestamp())


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("opened", existing_type=sa.DateTime(), nullable=True, existing_server_default=sa.func.current_timestamp())
