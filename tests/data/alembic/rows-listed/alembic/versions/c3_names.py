"""Boats have a name; their papers are read as they are, which are objects."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b3"


def upgrade():
    boats = sa.table("boat", sa.column("papers", sa.JSON()))
    for (papers,) in op.get_bind().execute(sa.select(boats.c.papers)):
        papers.get("name")
    op.add_column("boat", sa.Column("name", sa.Date(), nullable=False))


def downgrade():
    op.drop_column("boat", "name")
