CREATE SCHEMA old;

CREATE SCHEMA new;

CREATE TABLE "new".event (
    id SERIAL NOT NULL,
    kind VARCHAR(10),
    PRIMARY KEY (id)
);
