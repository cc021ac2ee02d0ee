import enum

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Kind(enum.Enum):
    sail = "sail"
    motor = "motor"


class Ship(Base):
    __tablename__ = "ship"
    __table_args__ = (
        sa.CheckConstraint("length > 0", name="ck_ship_length"),
        sa.UniqueConstraint("name", "berth_id", name="uq_ship_name"),
        sa.Index("ix_ship_long", "length", postgresql_where=sa.text("length > 100")),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(40), nullable=False, server_default="nobody's")
    kind = sa.Column(sa.Enum(Kind), nullable=False)
    length = sa.Column(sa.Numeric(8, 2))
    doubled = sa.Column(sa.Numeric(9, 2), sa.Computed("length * 2", persisted=True))
    built = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    berth_id = sa.Column(sa.ForeignKey("berth.id", ondelete="SET NULL"), index=True)
    berth = relationship("Berth", foreign_keys=[berth_id])


class Berth(Base):
    __tablename__ = "berth"
    id = sa.Column(sa.BigInteger, sa.Identity(start=100), primary_key=True)
    first_id = sa.Column(sa.ForeignKey("ship.id", use_alter=True, name="fk_berth_first"))
