from sqlalchemy import Column, Integer

from app.base import Base


class Key(Base):
    __tablename__ = "key"
    id = Column(Integer, primary_key=True)
