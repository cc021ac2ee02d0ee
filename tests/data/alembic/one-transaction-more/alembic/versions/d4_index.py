"""An index that is made outside of a transaction, and a number of a sequence, which is given once."""

from alembic import op

revision = "d4"
down_revision = "c3"


def upgrade():
    op.execute("INSERT INTO harbour (id, name) VALUES (nextval('harbour_id_seq') + 10, 'Riga')")
    with op.get_context().autocommit_block():
        op.create_index("country_name", "country", ["name"], postgresql_concurrently=True)


def downgrade():
    counted = op.get_bind().exec_driver_sql("SELECT last_value FROM harbour_id_seq").scalar()
    assert counted == 1, f"{counted} numbers were given"
    op.execute("DELETE FROM harbour WHERE name = 'Riga'")
    op.drop_index("country_name", "country")
