CREATE TABLE s (
    id INTEGER NOT NULL,
    a INTEGER,
    b BIGINT GENERATED ALWAYS AS (a + 1) STORED,
    c INTEGER,
    PRIMARY KEY (id),
    KEY kb (b),
    KEY kc (c, b)
);
