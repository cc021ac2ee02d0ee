CREATE TABLE item (
    id INTEGER NOT NULL,
    a INTEGER,
    b TEXT,
    PRIMARY KEY (id)
);
