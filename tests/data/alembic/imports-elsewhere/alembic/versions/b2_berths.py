"""Berths; a harbour has a day on which it opened.

Revision ID: b2
Create Date: 2024-02-04 10:11:12.512000

"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    connection = op.get_bind()
    named = sa.text("SELECT id, name FROM harbour WHERE name LIKE :like ORDER BY id")
    rows = connection.execute(named, {"like": "%"}).all()
    assert [tuple(row) for row in rows] == [(1, "St. John's 100%"), (2, "Kiel \\ Holtenau")], rows
    with op.batch_alter_table("harbour") as batch:
        batch.add_column(sa.Column("opened", sa.DateTime(), server_default=sa.func.current_timestamp()))
    op.create_table(
        "berth",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("harbour_id", sa.Integer(), sa.ForeignKey("harbour.id"), nullable=False),
    )
    changed = connection.execute(sa.text("UPDATE harbour SET name = 'Kiel' WHERE id > :id"), {"id": 1})
    assert changed.rowcount == 1
    assert connection.execute(sa.text("SELECT name FROM harbour WHERE id = 2")).scalar() == "Kiel"
    assert connection.execute(sa.text("SELECT id, harbour_id FROM berth")).mappings().all() == []


def downgrade():
    op.drop_table("berth")
    with op.batch_alter_table("harbour") as batch:
        batch.drop_column("opened")
    op.get_bind().execute(sa.text("UPDATE harbour SET name = :name WHERE id = 2"), {"name": "Kiel \\ Holtenau"})
