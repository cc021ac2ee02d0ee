"""Names of harbours are looked up."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


CODES = {"St. John's 100%": "SJ", "Kiel": "KI"}


def upgrade():
    connection = op.get_bind()
    for name in connection.execute(sa.text("SELECT name FROM harbour")).scalars().all():
        CODES[name]


def downgrade():
    pass
