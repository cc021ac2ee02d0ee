"""Names are looked up by parts of them. Others may use the extension."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index("name_parts", "harbour", ["name"], postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"})


def downgrade():
    op.drop_index("name_parts", "harbour")
