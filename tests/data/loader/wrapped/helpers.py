import sqlalchemy as sa

metadata = sa.MetaData()


def table(name, *parts):
    return sa.Table(name, metadata, key(), *parts)


def key():
    return sa.Column("id", sa.Integer, primary_key=True)
