CREATE TABLE item (
    b TEXT,
    a INTEGER,
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);
