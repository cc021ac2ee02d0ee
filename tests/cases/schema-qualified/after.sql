CREATE TABLE team (
    id INTEGER NOT NULL AUTO_INCREMENT,
    title VARCHAR(60) NOT NULL,
    PRIMARY KEY (id)
) COMMENT 'teams';

CREATE TABLE person (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    team_id INTEGER,
    boss_id INTEGER,
    age INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT person_team FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE,
    CONSTRAINT person_boss FOREIGN KEY(boss_id) REFERENCES person (id)
);

CREATE UNIQUE INDEX by_name ON person (name);

CREATE TABLE badge (
    id INTEGER NOT NULL AUTO_INCREMENT,
    person_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT badge_person FOREIGN KEY(person_id) REFERENCES person (id)
);
