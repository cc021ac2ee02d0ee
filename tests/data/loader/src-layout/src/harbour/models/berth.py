from sqlalchemy import Column, ForeignKey
from sqlalchemy.orm import relationship

from harbour.models.base import Base
from harbour.models.ship import Numbered, Ship

print("berths are loaded")


class Berth(Numbered, Base):
    __tablename__ = "berth"

    ship_id = Column(ForeignKey(Ship.id, ondelete="CASCADE"))
    ship = relationship(Ship, back_populates="berths")
