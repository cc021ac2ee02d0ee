"""Longer names, of harbours that berths refer to

Revision ID: f7
Create Date: 2024-03-03 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "f7"
down_revision = "e6"


def upgrade():
    op.execute("INSERT INTO berth (id, harbour_id) VALUES (1, 1)")
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("name", type_=sa.String(80), existing_type=sa.String(40), existing_nullable=False)


def downgrade():
    pass
