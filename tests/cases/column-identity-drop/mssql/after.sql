CREATE TABLE item (
    id INTEGER NOT NULL,
    a AS (id * 2),
    PRIMARY KEY (id)
);
