CREATE TYPE role AS ENUM ('lead');

CREATE TABLE team (
    id SERIAL NOT NULL,
    name TEXT,
    PRIMARY KEY (id)
);

COMMENT ON COLUMN team.name IS 'shown';

CREATE TABLE member (
    id SERIAL NOT NULL,
    team_id BIGINT,
    role role DEFAULT 'lead',
    PRIMARY KEY (id)
);

CREATE INDEX ix_member_role ON member (role);
