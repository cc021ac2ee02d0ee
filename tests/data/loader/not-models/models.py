import sqlalchemy as sa

number = 5
metadata = sa.MetaData()
key = sa.Table("key", metadata, sa.Column("id", sa.Integer, primary_key=True))
