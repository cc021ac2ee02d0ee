"""Berths; a harbour has a day on which it opened.

Create Date: 2024-01-02 12:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    assert inspector.get_pk_constraint("harbour")["constrained_columns"] == ["id"]
    if "opened" not in [column["name"] for column in inspector.get_columns("harbour")]:
        op.add_column("harbour", sa.Column("opened", sa.Date(), server_default="2001-01-01"))
    op.alter_column(
        "harbour", "opened", type_=sa.DateTime(), existing_type=sa.Date(), nullable=True,
        server_default=sa.func.current_timestamp(), existing_server_default="2001-01-01",
    )
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("port_id", sa.Integer(), sa.ForeignKey("harbour.id"), nullable=False),
        sa.Column("depth", sa.Numeric(5, 2), server_default="1"),
        sa.CheckConstraint("depth > 0", name="ck_depth"),
    )
    op.create_table("elsewhere", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("note", sa.Text()))
    connection.execute(sa.text("UPDATE harbour SET name = 'Kiel' WHERE id > :id"), {"id": 1})
    connection.execute(sa.table("places", sa.column("id"), sa.column("port_id")).insert(), {"id": 1, "port_id": 1})


def downgrade():
    op.drop_table("elsewhere")
    op.drop_table("places")
    op.drop_column("harbour", "opened", mssql_drop_default=True)
