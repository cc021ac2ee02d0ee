CREATE TABLE team (
    id BIGINT NOT NULL IDENTITY,
    name VARCHAR(max),
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id INTEGER NOT NULL IDENTITY,
    team_id BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_member_team FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);
