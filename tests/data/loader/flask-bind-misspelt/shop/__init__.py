import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def create_app(testing=False):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("SHOP_DATABASE")
    app.config["SQLALCHEMY_BINDS"] = {"audit": "sqlite://"}
    db.init_app(app)
    from . import models  # noqa: F401

    with app.app_context():
        db.create_all()
    return app
