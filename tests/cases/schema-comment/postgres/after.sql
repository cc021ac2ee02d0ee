CREATE SCHEMA audit;

COMMENT ON SCHEMA audit IS 'what happened, 100% of it';

CREATE TYPE audit.kind AS ENUM ('a', 'b');

CREATE TABLE team (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE audit.event (
    id SERIAL NOT NULL,
    kind audit.kind,
    team_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(team_id) REFERENCES team (id)
);

CREATE INDEX ix_event_kind ON audit.event (kind);
