import sqlalchemy as sa

from core.db import metadata

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.ForeignKey("team.id", name="job_team")),
)
