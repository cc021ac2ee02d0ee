CREATE TABLE team (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    team_id INTEGER,
    qty INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_team CHECK (team_id > 0),
    CONSTRAINT ck_item_both CHECK (qty < team_id),
    CONSTRAINT uq_item_team UNIQUE (team_id),
    CONSTRAINT fk_item_team FOREIGN KEY(team_id) REFERENCES team (id)
);

CREATE INDEX ix_item_team_id ON item (team_id);

CREATE INDEX ix_item_name_team ON item (name, team_id);
