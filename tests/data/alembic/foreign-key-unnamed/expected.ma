$ trueup migrate validate --round-trip c3
Revision `c3` went down and up again to the same schema
alembic is valid (4 revisions, replayed)
exit code 0
