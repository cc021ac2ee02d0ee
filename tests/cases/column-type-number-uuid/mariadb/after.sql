CREATE TABLE t (
    id INTEGER NOT NULL,
    n UUID,
    PRIMARY KEY (id)
);
