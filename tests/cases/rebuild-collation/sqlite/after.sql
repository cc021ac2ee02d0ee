CREATE TABLE item (
    id INTEGER NOT NULL,
    name TEXT COLLATE "NOCASE" NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_item_name UNIQUE (name)
);

CREATE INDEX ix_item_name ON item (name COLLATE RTRIM DESC);
