CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    note VARCHAR(max),
    qty INTEGER,
    PRIMARY KEY (id)
);
