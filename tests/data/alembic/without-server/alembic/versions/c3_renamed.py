"""Places are berths.

Create Date: 2024-01-03 12:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.rename_table("places", "berth")
    op.alter_column("berth", "port_id", new_column_name="harbour_id")
    op.drop_constraint("ck_depth", "berth")
    op.drop_column("berth", "depth", mssql_drop_default=True)
    op.execute("CREATE VIEW harbours AS SELECT id, name FROM harbour")
    with op.batch_alter_table("harbour") as batch:
        batch.alter_column("name", type_=sa.Unicode(40), nullable=False, existing_type=sa.String(40))
        batch.create_index("ix_harbour_name", ["name"])


def downgrade():
    with op.batch_alter_table("harbour") as batch:
        batch.drop_index("ix_harbour_name")
        batch.alter_column("name", type_=sa.String(40), nullable=False, existing_type=sa.Unicode(40))
    op.execute("DROP VIEW harbours")
    op.add_column("berth", sa.Column("depth", sa.Numeric(5, 2), server_default="1"))
    op.create_check_constraint("ck_depth", "berth", "depth > 0")
    op.alter_column("berth", "harbour_id", new_column_name="port_id")
    op.rename_table("berth", "places")
