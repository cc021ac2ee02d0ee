import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

A, B, unused = declarative_base(), declarative_base(), declarative_base()
registries = [A, B]


class Lock(A):
    __tablename__ = "lock"
    id = sa.Column(sa.Integer, primary_key=True)


class Door(B):
    __tablename__ = "door"
    id = sa.Column(sa.Integer, primary_key=True)


class Wall(unused):
    __tablename__ = "wall"
    id = sa.Column(sa.Integer, primary_key=True)
