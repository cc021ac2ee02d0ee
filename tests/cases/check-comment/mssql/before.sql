CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_id CHECK (id > 0)
);
