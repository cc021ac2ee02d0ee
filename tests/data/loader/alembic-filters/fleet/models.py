from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Boat(Base):
    __tablename__ = "boat"
    id = Column(Integer, primary_key=True)
    name = Column(String(20), nullable=False, index=True)


class Scratch(Base):
    __tablename__ = "scratch"
    __table_args__ = {"info": {"of_reports": True}}
    id = Column(Integer, primary_key=True)
