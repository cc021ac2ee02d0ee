CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_qty CHECK (qty > 0)
);
