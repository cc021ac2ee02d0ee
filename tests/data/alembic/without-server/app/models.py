from datetime import datetime
from typing import Optional

from sqlalchemy import ForeignKey, Index, String, Unicode, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Harbour(Base):
    __tablename__ = "harbour"
    __table_args__ = (Index("ix_harbour_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Unicode(40))
    opened: Mapped[Optional[datetime]] = mapped_column(server_default=func.now())


class Berth(Base):
    __tablename__ = "berth"

    id: Mapped[int] = mapped_column(primary_key=True)
    harbour_id: Mapped[int] = mapped_column(ForeignKey("harbour.id"))
    light: Mapped[str] = mapped_column(String(9), server_default="white")
