"""The database's letters: it is named as the connection's URL names it."""

from alembic import op

revision = "c3"
down_revision = "b2"


def upgrade():
    bind = op.get_bind()
    name = bind.dialect.identifier_preparer.quote(bind.engine.url.database)
    if bind.dialect.name == "postgresql":
        op.execute(f"COMMENT ON DATABASE {name} IS 'harbours'")
    else:
        op.execute(f"ALTER DATABASE {name} DEFAULT CHARACTER SET utf8mb4")


def downgrade():
    pass
