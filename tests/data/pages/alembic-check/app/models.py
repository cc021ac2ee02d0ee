from datetime import datetime
from typing import Optional

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Harbour(Base):
    __tablename__ = "harbour"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    opened: Mapped[Optional[datetime]] = mapped_column(server_default=func.now())


class Berth(Base):
    __tablename__ = "berth"

    id: Mapped[int] = mapped_column(primary_key=True)
    harbour_id: Mapped[int] = mapped_column(ForeignKey("harbour.id"))


class Mooring(Base):
    __tablename__ = "mooring"
    __table_args__ = (
        CheckConstraint("length > 0", name="has_length"),
        Index("ix_mooring_open", "berth_id", postgresql_where=sa.text("closed IS NULL")),
    )

    berth_id: Mapped[int] = mapped_column(ForeignKey("berth.id", name="mooring_berth"), primary_key=True)
    boat: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(Enum("long", "short", name="kind"))
    length: Mapped[int] = mapped_column(server_default="1")
    closed: Mapped[Optional[datetime]]
    shown: Mapped[str] = mapped_column(String(60), sa.Computed("upper(boat)"))
