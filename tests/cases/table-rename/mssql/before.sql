CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    title VARCHAR(80) NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_title ON item (title);
