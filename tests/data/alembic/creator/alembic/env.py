import os

from alembic import context
from sqlalchemy import create_engine, event

from app.models import Base


def elsewhere(*args, **kwargs):
    raise RuntimeError("another database was to be opened")


url = os.environ["DATABASE_URL"]
more = {"executemany_mode": "values_plus_batch"} if url.startswith("postgresql") else {}
engine = create_engine(url, creator=elsewhere, pool_size=5, max_overflow=10, pool_pre_ping=True, **more)
event.listen(engine, "do_connect", elsewhere)

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
