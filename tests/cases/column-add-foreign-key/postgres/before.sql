CREATE TABLE team (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id)
);
