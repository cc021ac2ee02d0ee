CREATE TABLE team (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id INTEGER NOT NULL,
    team_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);

CREATE TABLE badge (
    id INTEGER NOT NULL,
    member_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(member_id) REFERENCES member (id) ON DELETE CASCADE
);
