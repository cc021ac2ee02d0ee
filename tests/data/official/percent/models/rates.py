import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Rate(Base):
    __tablename__ = "rate"
    id = sa.Column(sa.Integer, primary_key=True)
    share = sa.Column(sa.Integer, comment="of 100 %")
