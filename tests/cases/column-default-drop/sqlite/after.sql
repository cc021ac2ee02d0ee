CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER NOT NULL,
    kind VARCHAR(10),
    PRIMARY KEY (id)
);
