CREATE TABLE team (
    id INTEGER NOT NULL AUTO_INCREMENT,
    title VARCHAR(30) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE person (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    team_id INTEGER,
    boss_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT person_team FOREIGN KEY(team_id) REFERENCES team (id)
);

CREATE INDEX by_name ON person (name);

CREATE TABLE old (
    id INTEGER NOT NULL AUTO_INCREMENT,
    person_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT old_person FOREIGN KEY(person_id) REFERENCES person (id)
);
