CREATE TABLE node (
    id INTEGER NOT NULL IDENTITY,
    parent_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_node_parent FOREIGN KEY(parent_id) REFERENCES node (id)
);
