CREATE TABLE team (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

CREATE TABLE club (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id INTEGER NOT NULL IDENTITY,
    team_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_member_team FOREIGN KEY(team_id) REFERENCES team (id)
);
