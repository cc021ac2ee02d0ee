"""How long a berth is, in every row: no script of `--sql` could tell."""

import sqlalchemy as sa
from alembic import op

revision = "9b3e5d1c7f40"
down_revision = "4f1c07b2a9de"


def upgrade():
    op.add_column("berth", sa.Column("length", sa.Integer))
    for (berth,) in op.get_bind().execute(sa.text("SELECT id FROM berth WHERE length IS NULL")):
        op.execute(f"UPDATE berth SET length = 10 WHERE id = {berth}")


def downgrade():
    op.drop_column("berth", "length")
