CREATE SCHEMA one;

CREATE SCHEMA two;

CREATE TABLE one.event (
    id SERIAL NOT NULL,
    kind VARCHAR(20),
    PRIMARY KEY (id)
);

CREATE TABLE two.event (
    id SERIAL NOT NULL,
    kind VARCHAR(10),
    PRIMARY KEY (id)
);
