CREATE TABLE s (
    id INTEGER NOT NULL,
    a INTEGER,
    t VARCHAR(20),
    b VARCHAR(20) GENERATED ALWAYS AS (lower(t)) STORED,
    PRIMARY KEY (id),
    KEY kb (b)
);
