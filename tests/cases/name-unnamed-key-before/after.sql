CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));
CREATE TABLE item (
    id INTEGER NOT NULL,
    first_id INTEGER,
    box_id INTEGER,
    next_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (first_id) REFERENCES box (id),
    FOREIGN KEY (box_id) REFERENCES box (id),
    FOREIGN KEY (next_id) REFERENCES box (id)
);
