CREATE TABLE team (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(40) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id INTEGER NOT NULL IDENTITY,
    team_id INTEGER NOT NULL,
    email VARCHAR(120) NOT NULL,
    score INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_member_email UNIQUE (email),
    CONSTRAINT ck_member_score CHECK (score >= 0),
    FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);

CREATE INDEX ix_member_team_id ON member (team_id);
