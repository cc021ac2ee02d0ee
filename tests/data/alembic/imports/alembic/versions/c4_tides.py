"""Tides, as they were

Revision ID: c4
Create Date: 2024-02-20 08:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "c4"
down_revision = "b2"


def upgrade():
    tides = op.create_table(
        "tide", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("height", sa.Integer(), nullable=False)
    )
    op.bulk_insert(tides, [{"id": 1, "height": -3}, {"id": 2, "height": 4}])
    op.execute("UPDATE tide SET height = height - 1 WHERE id = 7")


def downgrade():
    op.drop_table("tide")
