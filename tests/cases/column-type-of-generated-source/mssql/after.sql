CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    a BIGINT,
    b AS (a * 2),
    PRIMARY KEY (id)
);
