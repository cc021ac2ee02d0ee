import asyncio

from alembic import context
from sqlalchemy.ext.asyncio import async_engine_from_config

from fleet.models import Base


def include_object(object, name, type_, reflected, compare_to):
    if type_ == "table" and object.info.get("of_reports"):
        return False
    if type_ == "table" and reflected and compare_to is None:
        return not name.startswith("celery_")
    return not (type_ == "index" and name.endswith("_by_hand"))


def include_name(name, type_, parent_names):
    return not (type_ == "column" and name == "legacy" and parent_names["table_name"] == "boat")


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        include_name=include_name,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_online():
    engine = async_engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(run_online())
