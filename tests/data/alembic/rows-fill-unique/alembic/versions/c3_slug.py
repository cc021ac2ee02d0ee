"""Harbours have a slug, filled from the name, and unique."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.add_column(sa.Column("slug", sa.String(40)))
    op.execute("UPDATE harbour SET slug = name")
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("slug", existing_type=sa.String(40), nullable=False)
    with op.batch_alter_table("harbour") as batch:
        batch.create_unique_constraint("harbour_slug", ["slug"])


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.drop_constraint("harbour_slug", type_="unique")
    with op.batch_alter_table("harbour") as batch:
        batch.drop_column("slug")
