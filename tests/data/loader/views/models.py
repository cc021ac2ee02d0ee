import sqlalchemy as sa
from alembic_utils.pg_extension import PGExtension
from alembic_utils.pg_view import PGView
from sqlalchemy.orm import declarative_base
from sqlalchemy_utils import create_view

Base = declarative_base()


class Letter(Base):
    __tablename__ = "letter"
    id = sa.Column(sa.Integer, primary_key=True)


class Odd(Base):
    __table__ = create_view(
        "odd", sa.select(Letter.__table__.c.id).where(Letter.__table__.c.id % 2 == 1), Base.metadata
    )


every = create_view("every", sa.select(Letter.__table__.c.id), Base.metadata)
trigrams = PGExtension(schema="public", signature="pg_trgm")
written = PGView(schema="public", signature="written", definition="SELECT id::text FROM letter WHERE id::text LIKE '5%'")
