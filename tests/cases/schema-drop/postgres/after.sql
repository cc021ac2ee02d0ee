CREATE TABLE team (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);
