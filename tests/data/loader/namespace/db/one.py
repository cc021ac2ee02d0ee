from db.base import Base
from sqlalchemy import Column, ForeignKey, Integer


class One(Base):
    __tablename__ = "one"
    id = Column(Integer, primary_key=True)
    two_id = Column(ForeignKey("two.id"))
