from sqlalchemy import Column, Integer, MetaData, Table

from shop.names import BASKETS

metadata = MetaData()
Basket = Table(BASKETS, metadata, Column("id", Integer, primary_key=True))
