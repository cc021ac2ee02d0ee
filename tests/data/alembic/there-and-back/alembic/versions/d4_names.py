"""Names are longer, and the day is gone."""

import sqlalchemy as sa
from alembic import op

revision = "d4"
down_revision = "c3"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("name", existing_type=sa.String(40), type_=sa.String(80), existing_nullable=False)
        batch.drop_column("opened")


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.add_column(sa.Column("opened", sa.DateTime(), server_default=sa.func.current_timestamp()))
        batch.alter_column("name", existing_type=sa.String(80), type_=sa.String(40), existing_nullable=False)
