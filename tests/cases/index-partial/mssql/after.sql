CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(20),
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_b ON item (b) WHERE a IS NOT NULL AND b > 10;

CREATE UNIQUE INDEX uq_item_c ON item (c) WHERE a <> 'it''s';
