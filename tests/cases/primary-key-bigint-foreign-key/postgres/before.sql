CREATE TABLE team (
    id SERIAL NOT NULL,
    name TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id SERIAL NOT NULL,
    team_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_member_team FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);
