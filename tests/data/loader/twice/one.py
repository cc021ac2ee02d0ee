import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("key", metadata, sa.Column("id", sa.Integer, primary_key=True))
