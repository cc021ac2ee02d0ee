CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY(10,5),
    name VARCHAR(30) NOT NULL DEFAULT 'x',
    CONSTRAINT pk_item PRIMARY KEY (id),
    CONSTRAINT uq_item UNIQUE (name)
);
CREATE TABLE part (
    item_id INTEGER,
    CONSTRAINT fk_part_item FOREIGN KEY(item_id) REFERENCES item (id)
);
CREATE INDEX ix_item_name ON item (name);
