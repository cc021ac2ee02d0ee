from datetime import datetime
from typing import Optional

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Harbour(Base):
    __tablename__ = "harbour"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    opened: Mapped[Optional[datetime]] = mapped_column(server_default=func.now())


class Berth(Base):
    __tablename__ = "berth"
    __table_args__ = (Index("ix_berth_length", "length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    harbour_id: Mapped[int] = mapped_column(ForeignKey("harbour.id"))
    length: Mapped[Optional[int]]


class Pilot(Base):
    __tablename__ = "pilot"

    id: Mapped[int] = mapped_column(primary_key=True)


class Tide(Base):
    __tablename__ = "tide"

    id: Mapped[int] = mapped_column(primary_key=True)
    height: Mapped[int]
