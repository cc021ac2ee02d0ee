CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_name ON item (name);

COMMENT ON INDEX ix_item_name IS 'for the search box';
