CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    colour VARCHAR(20),
    PRIMARY KEY (id)
);
