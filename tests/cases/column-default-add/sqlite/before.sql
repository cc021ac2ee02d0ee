CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    kind VARCHAR(10),
    PRIMARY KEY (id)
);
