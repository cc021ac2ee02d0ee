$ trueup migrate validate --base HEAD --with-rows
Revisions `c3`, `d4` went down and up again to the same schema
Revisions `c3`, `d4` also ran on made-up rows: berth (5), harbour (5)
alembic is valid (4 revisions, replayed)
exit code 0
$ trueup check --round-trip a1
Drifted: 2 changes in the models are missing from alembic

  modify table  harbour  app/models.py:16
    modify column "name" (varchar(80) → varchar(40))
    add column "opened"
  drop table    light

  loses data: drop table light
  may fail on existing rows: modify column "name" (varchar(80) → varchar(40)) of harbour

The missing migration:

-- Modify "harbour" table
ALTER TABLE `harbour` MODIFY COLUMN `name` varchar(40) NOT NULL, ADD COLUMN `opened` datetime NULL DEFAULT current_timestamp();
-- Drop "light" table
DROP TABLE `light`;

Write it with: trueup migrate diff --env ma
Revisions `a1`, `b2`, `c3`, `d4` went down and up again to the same schema
exit code 1
$ trueup migrate validate --with-rows
Error: `--with-rows` needs to know which revisions run on rows
Hint: `--base main` selects those of this branch, `--round-trip REVISION` selects one and those after it
exit code 2
