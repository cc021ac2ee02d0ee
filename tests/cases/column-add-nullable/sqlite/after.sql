CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    note TEXT,
    qty INTEGER,
    PRIMARY KEY (id)
);
