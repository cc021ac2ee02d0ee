CREATE TABLE item (
    id SERIAL NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT uq_item_code UNIQUE (code)
);

CREATE TABLE part (
    id SERIAL NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT fk_part_item FOREIGN KEY(code) REFERENCES item (code)
);
