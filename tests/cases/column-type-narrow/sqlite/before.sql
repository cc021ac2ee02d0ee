CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(100),
    b BIGINT,
    c NUMERIC(12, 4),
    d DOUBLE,
    PRIMARY KEY (id)
);
