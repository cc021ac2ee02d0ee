from alembic import context
from flask import current_app
from sqlalchemy import create_engine

with create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
