CREATE TYPE role AS ENUM ('lead', 'other');

CREATE TABLE team (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE team IS 'teams';

CREATE TABLE member (
    id SERIAL NOT NULL,
    team_id INTEGER,
    role role DEFAULT 'other',
    PRIMARY KEY (id),
    FOREIGN KEY(team_id) REFERENCES team (id)
);

CREATE INDEX ix_member_team_id ON member (team_id);
