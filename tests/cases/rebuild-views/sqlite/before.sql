CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_qty ON item (qty);

CREATE VIEW item_names AS SELECT id, name FROM item WHERE qty > 0;

CREATE VIEW item_count (n) AS SELECT count(*) FROM item_names;
