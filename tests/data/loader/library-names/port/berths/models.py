from namingbase import Base
from sqlalchemy import Column, Integer


class Berth(Base):
    id = Column(Integer, primary_key=True)
