import sqlalchemy as sa
from sqlalchemy.orm import registry

mapping = registry()


class Key:
    pass


mapping.map_imperatively(
    Key, sa.Table("key", mapping.metadata, sa.Column("id", sa.Integer, primary_key=True))
)
