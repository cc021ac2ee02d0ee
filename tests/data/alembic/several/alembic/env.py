from alembic import context
from sqlalchemy import create_engine

from app.models import Base

for name in ("orders", "audit"):
    with create_engine(f"sqlite:///{name}.db").begin() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, upgrade_token=f"{name}_upgrades")
        context.run_migrations()
