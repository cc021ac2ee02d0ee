CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    code VARCHAR(10),
    kind VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT uq_item UNIQUE (code)
);
