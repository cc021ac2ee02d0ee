CREATE TABLE team (
    id SERIAL NOT NULL,
    lead_id INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE person (
    id SERIAL NOT NULL,
    team_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_person_team FOREIGN KEY(team_id) REFERENCES team (id)
);
