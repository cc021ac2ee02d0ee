CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    colour VARCHAR(20),
    PRIMARY KEY (id)
);
