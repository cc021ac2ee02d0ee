import sqlalchemy as sa

from helpers import metadata, table

left = table("left")
right = table(
    "right",
    sa.Column("left_id", sa.ForeignKey(left.c.id)),
)
