CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    a INTEGER,
    b AS (a * 2),
    PRIMARY KEY (id)
);
