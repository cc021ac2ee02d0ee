from . import db


class OrderLine(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    discount = db.Column(db.String(20), unique=True, comment="such as 50%")


class Trail(db.Model):
    __bind_key__ = "audit"

    id = db.Column(db.Integer, primary_key=True)
