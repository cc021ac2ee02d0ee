CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    code VARCHAR(50) NOT NULL,
    qty BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT uq_item_code UNIQUE (code),
    CONSTRAINT ck_item_qty CHECK (qty > 0)
);

CREATE INDEX ix_item_qty ON item (qty);

CREATE TABLE part (
    id INTEGER NOT NULL IDENTITY,
    item_code VARCHAR(50),
    PRIMARY KEY (id),
    CONSTRAINT fk_part_item FOREIGN KEY(item_code) REFERENCES item (code)
);
