import ship
from base import Base
from sqlalchemy import Column, ForeignKey, Integer


class Crew(Base):
    __tablename__ = "crew"
    id = Column(Integer, primary_key=True)
    ship_id = Column(ForeignKey(ship.Ship.id))
