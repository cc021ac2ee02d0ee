CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));
CREATE TABLE item (
    id INTEGER NOT NULL,
    box_id INTEGER,
    next_id INTEGER,
    PRIMARY KEY (id),
    KEY by_box (box_id),
    KEY fk_next (next_id),
    FOREIGN KEY (box_id) REFERENCES box (id),
    FOREIGN KEY (next_id) REFERENCES box (id)
);
