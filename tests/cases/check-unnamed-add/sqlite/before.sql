CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);
