CREATE TABLE s (
    id INTEGER NOT NULL,
    a INTEGER,
    t VARCHAR(20),
    b VARCHAR(40) GENERATED ALWAYS AS (lower(t)) VIRTUAL,
    PRIMARY KEY (id),
    KEY kb (b)
);
