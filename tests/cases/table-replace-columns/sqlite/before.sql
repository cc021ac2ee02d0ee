CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30),
    PRIMARY KEY (id)
);

CREATE TABLE log (
    item_id INTEGER NOT NULL
);
