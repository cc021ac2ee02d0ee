CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER NOT NULL,
    gross INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    net INTEGER GENERATED ALWAYS AS (price - 1) VIRTUAL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_gross ON item (gross);
