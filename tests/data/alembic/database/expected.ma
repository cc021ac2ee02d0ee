$ trueup check
In sync: the models match alembic (3 migrations)

exit code 0
