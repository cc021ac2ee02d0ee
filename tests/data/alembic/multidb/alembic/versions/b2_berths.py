"""Nothing of the first."""

from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade(engine_name):
    if engine_name == "engine2":
        op.create_index("entry_text", "entry", ["text"])


def downgrade(engine_name):
    if engine_name == "engine2":
        op.drop_index("entry_text", "entry")
