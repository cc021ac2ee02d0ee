CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(20),
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_lower ON item (lower(a));

CREATE UNIQUE INDEX ix_item_coalesce ON item (coalesce(a, ''));

CREATE INDEX ix_item_sum ON item ((b + c), a);
