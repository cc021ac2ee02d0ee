"""The first berth gets number 1."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.get_bind().execute(sa.text("SELECT id FROM berth")).one()


def downgrade():
    pass
