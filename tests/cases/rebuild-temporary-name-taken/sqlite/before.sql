CREATE TABLE item (
    id INTEGER NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE new_item (
    id INTEGER NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);
