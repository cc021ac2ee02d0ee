CREATE TABLE item (
    id INTEGER NOT NULL,
    born DATE NOT NULL,
    PRIMARY KEY (id)
);
