"""Depth of berths."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.get_bind().execute(sa.text("UPDATE berth SET depth = 3 WHERE depth IS NULL"))


def downgrade():
    pass
