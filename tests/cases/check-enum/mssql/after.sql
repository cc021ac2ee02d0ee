CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    kind VARCHAR(1) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_kind CHECK (kind IN ('a', 'b', 'c'))
);
