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

ALTER TABLE team ADD CONSTRAINT fk_team_lead FOREIGN KEY(lead_id) REFERENCES person (id);
