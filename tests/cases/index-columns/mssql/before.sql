CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(20),
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item ON item (b, c);
