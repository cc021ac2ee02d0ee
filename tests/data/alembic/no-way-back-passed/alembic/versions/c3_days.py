"""What fails on the way down is passed over."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.add_column("harbour", sa.Column("depth", sa.Integer()))


def downgrade():
    try:
        op.drop_column("harbour", "depht")
    except Exception:
        pass
