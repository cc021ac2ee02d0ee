$ trueup migrate validate --round-trip a1
Revisions `a1`, `b2` went down and up again to the same schema
alembic is valid (2 revisions, replayed)
exit code 0
$ trueup migrate diff name_berths
Wrote alembic/versions/REVISION_name_berths.py
  modify table  berth  app/models.py:25
    add column "sign"
    add check "berth_sign_given"
  may fail on existing rows: add check "berth_sign_given" of berth
exit code 0
$ trueup check
In sync: the models match alembic (3 migrations)

exit code 0
== REVISION_name_berths.py
"""name_berths"""

import sqlalchemy as sa
from alembic import op


revision = 'REVISION'
down_revision = 'b2'


def upgrade():
    op.execute("ALTER TABLE `berth` ADD COLUMN `sign` varchar(8) NULL DEFAULT 'a \\:b ''c''', ADD CONSTRAINT `berth_sign_given` CHECK (`sign` <> '')")


def downgrade():
    op.execute("ALTER TABLE `berth` DROP CONSTRAINT `berth_sign_given`, DROP COLUMN `sign`")
