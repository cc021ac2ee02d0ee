from sqlalchemy import Column, Integer

from .base import Base


class Crate(Base):
    __tablename__ = "crate"
    id = Column(Integer, primary_key=True)
