from base import Base
from sqlalchemy import Column, Integer


class Ship(Base):
    __tablename__ = "ship"
    id = Column(Integer, primary_key=True)
