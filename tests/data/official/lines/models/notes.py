import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Note(Base):
    __tablename__ = "note"
    id = sa.Column(sa.Integer, primary_key=True)
    text = sa.Column(sa.String(40), nullable=False, server_default="dear\nall")
