"""Harbours, and the two that are there from the start.

Create Date: 2024-01-01 12:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "harbour",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
    )
    harbours = sa.table("harbour", sa.column("id"), sa.column("name"))
    op.bulk_insert(harbours, [{"id": 1, "name": "St. John's 100%"}, {"id": 2, "name": "Kiel \\ Holtenau"}])


def downgrade():
    op.drop_table("harbour")
