CREATE TABLE s (
    id INTEGER NOT NULL,
    a INTEGER,
    b INTEGER GENERATED ALWAYS AS (a + 1) VIRTUAL,
    c INTEGER,
    PRIMARY KEY (id),
    KEY kb (b),
    KEY kc (c, b)
);
