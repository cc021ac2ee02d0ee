CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a INTEGER,
    b NUMERIC(8, 2),
    PRIMARY KEY (id)
);
