CREATE TABLE node (
    id SERIAL NOT NULL,
    parent_id INTEGER,
    PRIMARY KEY (id)
);
