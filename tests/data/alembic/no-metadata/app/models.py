from datetime import datetime
from typing import Optional

from sqlalchemy import ForeignKey, String, func
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
    length: Mapped[Optional[int]]
