CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    a INTEGER,
    b AS (a * 3) PERSISTED,
    PRIMARY KEY (id)
);
CREATE INDEX ix_b ON item (b);
