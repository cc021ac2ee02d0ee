import sqlalchemy as sa

metadata = sa.MetaData()
team = sa.Table(
    "team",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "title",
        sa.String(10),
        nullable=False,
    ),
    sa.Index("team_title", "title"),
)
