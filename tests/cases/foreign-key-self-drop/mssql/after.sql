CREATE TABLE node (
    id INTEGER NOT NULL IDENTITY,
    parent_id INTEGER,
    PRIMARY KEY (id)
);
