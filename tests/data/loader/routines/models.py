import sqlalchemy as sa
from sqlalchemy import DDL, event

metadata = sa.MetaData()
stock = sa.Table("stock", metadata, sa.Column("id", sa.Integer, primary_key=True))
event.listen(
    stock,
    "after_create",
    DDL("CREATE TRIGGER counted BEFORE INSERT ON stock FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END"),
)
