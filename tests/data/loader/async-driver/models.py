from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# The driver is not installed.
engine = create_async_engine("postgresql+psycopg://app@nowhere.invalid/app")


class Base(DeclarativeBase):
    pass


class Buoy(Base):
    __tablename__ = "buoy"

    id: Mapped[int] = mapped_column(primary_key=True)
