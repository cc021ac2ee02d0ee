CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(20),
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item ON item (c, b);
