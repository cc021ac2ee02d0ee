import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("of_its_own", metadata, sa.Column("id", sa.Integer, primary_key=True))
