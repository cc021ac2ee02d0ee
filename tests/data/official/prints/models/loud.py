import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

print("reading the settings")
Base = declarative_base()


class Setting(Base):
    __tablename__ = "setting"
    id = sa.Column(sa.Integer, primary_key=True)
