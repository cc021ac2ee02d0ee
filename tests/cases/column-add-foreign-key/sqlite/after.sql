CREATE TABLE team (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    team_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_item_team FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE SET NULL
);
