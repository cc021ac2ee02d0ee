"""Boats have a mark of a form that nothing made up has."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table(
        "boat",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mark", sa.String(40), sa.CheckConstraint("mark LIKE '%@%'", name="marks"), nullable=False),
    )


def downgrade():
    op.drop_table("boat")
