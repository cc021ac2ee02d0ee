from namingbase import Base
from sqlalchemy import Column, ForeignKey, Integer


class Ship(Base):
    __tablename__ = "ships"
    id = Column(Integer, primary_key=True)
    berth_id = Column(ForeignKey("berths.id"))


class Pilot(Base):
    id = Column(Integer, primary_key=True)
