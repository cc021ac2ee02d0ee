"""Lengths, found without a lock

Revision ID: e6
Create Date: 2024-03-02 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "e6"
down_revision = "d5"


def upgrade():
    op.execute("UPDATE harbour SET name = 'Kiel' WHERE id = 2 -- as it was")
    op.add_column("berth", sa.Column("length", sa.Integer()))
    with op.get_context().autocommit_block():
        op.create_index("ix_berth_length", "berth", ["length"], postgresql_concurrently=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('berth_id_seq', 100, false)")
        op.execute("SELECT setval('harbour_id_seq', max(id)) FROM harbour")


def downgrade():
    op.drop_index("ix_berth_length", "berth")
    op.drop_column("berth", "length")
