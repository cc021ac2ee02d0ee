import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Log(Base):
    __tablename__ = "log"
    id = sa.Column(sa.Integer, primary_key=True)


@sa.event.listens_for(Log.__table__, "after_create")
def index_it(table, connection, **kw):
    connection.exec_driver_sql("CREATE INDEX ix_log_latest ON log (id DESC)")
