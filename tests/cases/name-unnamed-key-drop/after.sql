CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));
CREATE TABLE item (
    id INTEGER NOT NULL,
    next_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (next_id) REFERENCES box (id)
);
