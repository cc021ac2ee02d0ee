from alembic import context
from sqlalchemy import create_engine, text

from app.models import Base

with create_engine("postgresql://nowhere.invalid/app").connect() as connection:
    for tenant in ("north", "south"):
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {tenant}"))
        connection.execute(text(f"SET search_path TO {tenant}"))
        connection.commit()
        connection.dialect.default_schema_name = tenant
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
