"""Harbours."""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None
branch_labels = ("sea",)


def upgrade():
    op.create_table(
        "harbour",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
    )
    op.execute("INSERT INTO harbour VALUES (1, 'St. John''s 100%'), (2, 'Kiel \\ Holtenau')")


def downgrade():
    op.drop_table("harbour")
