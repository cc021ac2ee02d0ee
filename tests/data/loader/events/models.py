import pg8000
import sqlalchemy as sa
from pg8000.types import Json
from sqlalchemy import DDL, event
from sqlalchemy.orm import declarative_base

pg8000.dbapi.register_out_adapter(dict, Json)
engine = sa.create_engine("postgresql+pg8000://me:secret@nowhere/app")
Base = declarative_base()


class Price(Base):
    __tablename__ = "price"
    id = sa.Column(sa.Integer, sa.Sequence("price_numbers", start=100), primary_key=True)
    rate = sa.Column(sa.String, server_default="50%", comment="first line\nsecond\tline, 100%")
    kind = sa.Column(sa.Enum("net", "gross", name="price_kind"))
    half = sa.Column(sa.Integer, sa.CheckConstraint("half % 2 = 0", name="half_even"))


Base.metadata.create_all(engine)
event.listen(
    Base.metadata,
    "before_create",
    DDL("CREATE SCHEMA IF NOT EXISTS old; CREATE EXTENSION IF NOT EXISTS pg_trgm").execute_if(dialect="postgresql"),
)
event.listen(Base.metadata, "before_create", DDL("SET x = 1").execute_if(dialect="mysql"))


@event.listens_for(Price.__table__, "after_create")
def fill(target, connection, **options):
    connection.execute(
        sa.text(
            "CREATE FUNCTION touch() RETURNS trigger AS $$ BEGIN\n  NEW.rate := '1%';\n  RETURN NEW;\nEND; $$ LANGUAGE plpgsql;"
        )
    )
    connection.exec_driver_sql("CREATE INDEX price_rate ON price (rate)")
    assert not sa.inspect(connection).has_table("old_price")
    if not connection.execute(sa.text("SELECT count(*) FROM price")).scalar():
        connection.execute(target.insert(), [{"id": 1, "rate": "2%"}])
