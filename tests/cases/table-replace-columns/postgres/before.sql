CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30),
    PRIMARY KEY (id)
);

CREATE TABLE log (
    item_id INTEGER NOT NULL
);
