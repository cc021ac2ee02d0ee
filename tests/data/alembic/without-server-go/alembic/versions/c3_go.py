"""a word of clients, which no driver knows"""
from alembic import op
revision = "c3"
down_revision = "b2"

def upgrade():
    op.execute("CREATE TABLE q (id int)\nGO\nALTER TABLE q ADD b int")

def downgrade():
    op.drop_table("q")
