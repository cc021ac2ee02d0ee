CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    code VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT uq_item_code UNIQUE (code)
);

CREATE TABLE part (
    id INTEGER NOT NULL IDENTITY,
    code VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT fk_part_item FOREIGN KEY(code) REFERENCES item (code)
);
