$ trueup check
In sync: the models match alembic (2 migrations)

exit code 0
