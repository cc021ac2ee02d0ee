CREATE TABLE team (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE club (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id INTEGER NOT NULL,
    team_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_member FOREIGN KEY(team_id) REFERENCES club (id)
);
