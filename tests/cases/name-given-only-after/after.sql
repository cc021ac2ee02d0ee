CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));
CREATE TABLE item (
    id INTEGER NOT NULL,
    code VARCHAR(10),
    qty INTEGER,
    box_id INTEGER,
    CONSTRAINT item_key PRIMARY KEY (id),
    CONSTRAINT uq_item UNIQUE (code, qty),
    CONSTRAINT positive CHECK (qty > 0),
    CONSTRAINT few CHECK (qty < box_id),
    CONSTRAINT fk_item_box FOREIGN KEY (box_id) REFERENCES box (id)
);
