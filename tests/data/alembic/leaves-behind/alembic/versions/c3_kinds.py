"""Kinds of berths: the table goes, and its type stays."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("kind", sa.Column("name", sa.Enum("sea", "lake", name="water"), primary_key=True))


def downgrade():
    op.drop_table("kind")
