from ..base import Base
from sqlalchemy import Column, Integer


class Two(Base):
    __tablename__ = "two"
    id = Column(Integer, primary_key=True)
