CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    code INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_code_abs ON item (abs(code));

CREATE INDEX ix_item_code_big ON item (id) WHERE code > 10;
