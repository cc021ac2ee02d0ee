"""Harbours lie in a country."""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.create_table("country", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO country SELECT id FROM harbour WHERE name <> '1'")
    op.add_column("harbour", sa.Column("country_id", sa.Integer()))
    op.execute("UPDATE harbour SET country_id = id")
    op.alter_column("harbour", "country_id", existing_type=sa.Integer(), nullable=False)
    op.create_foreign_key("harbour_country", "harbour", "country", ["country_id"], ["id"])


def downgrade():
    op.drop_constraint("harbour_country", "harbour", type_="foreignkey")
    op.drop_column("harbour", "country_id")
    op.drop_table("country")
