import sqlalchemy as sa

engine = sa.create_engine("sqlite:///must-not-be-made.db")
metadata = sa.MetaData()
old = sa.Table("old", metadata, autoload_with=engine)
