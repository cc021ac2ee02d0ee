from alembic import context
from sqlalchemy import engine_from_config, pool

from app.models import Base

settings = context.config.get_section(context.config.config_ini_section)
with engine_from_config(settings, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
