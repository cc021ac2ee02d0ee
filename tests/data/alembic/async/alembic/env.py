import asyncio

from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import Base

config = context.config
drivers = {"sqlite": "sqlite+aiosqlite", "postgresql+psycopg2": "postgresql+asyncpg"}


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    import os

    scheme, _, rest = os.environ["DATABASE_URL"].partition("://")
    engine = create_async_engine(
        f"{drivers[scheme]}://{rest}", poolclass=pool.NullPool, connect_args={"timeout": 3}
    )
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
