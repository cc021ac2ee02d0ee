"""Ships, which know their berth only by name: the other module imports this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import relationship

from .base import Base

if TYPE_CHECKING:
    from .berth import Berth


class Numbered:
    id = Column(Integer, primary_key=True)


class Ship(Numbered, Base):
    __tablename__ = "ship"
    __table_args__ = (
        UniqueConstraint("name", "flag"),
        Index("ship_by_flag", "flag"),
    )

    name = Column(String(40), index=True)
    flag = Column(
        String(2),
        comment="two letters",
    )
    berths = relationship("Berth", back_populates="ship")
