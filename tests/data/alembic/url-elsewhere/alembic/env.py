import asyncio
import os

from alembic import context
from sqlalchemy import engine_from_config, pool
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models import Base

settings = dict(context.config.get_section(context.config.config_ini_section))
if "sqlalchemy.url" not in settings:
    url = os.environ["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:").replace("psycopg2", "asyncpg")
    settings["sqlalchemy.url"] = url


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = AsyncEngine(engine_from_config(settings, poolclass=pool.NullPool))
    async with engine.connect() as connection:
        await connection.run_sync(run)


asyncio.run(main())
