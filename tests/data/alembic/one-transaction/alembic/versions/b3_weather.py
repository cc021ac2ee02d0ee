"""Weather."""

import sqlalchemy as sa
from alembic import op

revision = "b3"
down_revision = "b2"


def upgrade():
    op.create_table("weather", sa.Column("kind", sa.Enum("sun", "rain", name="sky")))


def downgrade():
    op.drop_table("weather")
    op.execute("DROP TYPE sky")
