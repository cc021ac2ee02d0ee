"""Harbours have a slug, filled from the name, of letters."""

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
        batch.create_check_constraint("letters", "slug > 'A'")


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.drop_constraint("letters", type_="check")
    with op.batch_alter_table("harbour") as batch:
        batch.drop_column("slug")
