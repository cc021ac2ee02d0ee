CREATE TABLE node (
    id INTEGER NOT NULL,
    parent_id INTEGER,
    label VARCHAR(10),
    PRIMARY KEY (id),
    FOREIGN KEY(parent_id) REFERENCES node (id) ON DELETE CASCADE
);
