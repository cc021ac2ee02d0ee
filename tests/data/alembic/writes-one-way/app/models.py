from datetime import datetime
from typing import Optional

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Tide(Base):
    __tablename__ = "tide"

    id: Mapped[int] = mapped_column(primary_key=True)
    highest: Mapped[Optional[datetime]]
