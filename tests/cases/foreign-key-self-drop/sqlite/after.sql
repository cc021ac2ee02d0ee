CREATE TABLE node (
    id INTEGER NOT NULL,
    parent_id INTEGER,
    PRIMARY KEY (id)
);
