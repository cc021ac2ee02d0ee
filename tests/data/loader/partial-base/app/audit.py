from sqlalchemy import Column, Integer

from .db import Base


class Entry(Base):
    __tablename__ = "entry"
    id = Column(Integer, primary_key=True)
