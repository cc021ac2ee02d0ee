"""What fails on the way down is told as another error."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.add_column(sa.Column("depth", sa.Integer()))


def downgrade():
    try:
        op.drop_column("harbour", "depht")
    except Exception as error:
        raise RuntimeError("failed to drop") from error
