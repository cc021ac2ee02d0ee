from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql://nowhere.invalid/app").connect() as connection:
    context.configure(connection=connection, version_table="harbour_history")
    with context.begin_transaction():
        context.run_migrations()
