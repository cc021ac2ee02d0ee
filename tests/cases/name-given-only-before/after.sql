CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));
CREATE TABLE item (
    id INTEGER NOT NULL,
    code VARCHAR(10),
    qty INTEGER,
    box_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE (code, qty),
    CHECK (qty > 0),
    CHECK (qty < box_id),
    FOREIGN KEY (box_id) REFERENCES box (id)
);
