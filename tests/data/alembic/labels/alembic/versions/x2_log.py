"""It says who."""

import sqlalchemy as sa
from alembic import op

revision = "x2"
down_revision = "x1"
depends_on = "b2"


def upgrade():
    op.add_column("log", sa.Column("who", sa.String(20)))


def downgrade():
    with op.batch_alter_table("log") as batch:
        batch.drop_column("who")
