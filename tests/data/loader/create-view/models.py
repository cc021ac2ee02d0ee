import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateView


class Base(DeclarativeBase):
    pass


class Ship(Base):
    __tablename__ = "ship"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))


afloat = CreateView(
    sa.select(Ship.id, Ship.name).where(Ship.name.like("S%")),
    "afloat",
    metadata=Base.metadata,
)


class Afloat(Base):
    __table__ = afloat.table
    __mapper_args__ = {"primary_key": [afloat.table.c.id]}


counted = CreateView(sa.select(sa.func.count().label("ships")).select_from(Ship), "counted", materialized=True, metadata=Base.metadata)
