CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id),
    CHECK (qty > 0)
);
