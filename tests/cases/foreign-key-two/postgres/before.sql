CREATE TABLE team (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE club (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE member (
    id SERIAL NOT NULL,
    team_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_a FOREIGN KEY(team_id) REFERENCES team (id)
);
