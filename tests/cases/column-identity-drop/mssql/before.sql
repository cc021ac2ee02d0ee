CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    a AS (id * 2),
    PRIMARY KEY (id)
);
