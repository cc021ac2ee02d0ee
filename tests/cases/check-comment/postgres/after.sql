CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_id CHECK (id > 0)
);

COMMENT ON CONSTRAINT ck_item_id ON item IS 'never zero';
