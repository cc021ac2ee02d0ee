CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(30),
    b INTEGER,
    c NUMERIC(10, 2),
    d REAL,
    PRIMARY KEY (id)
);
