CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR,
    b TEXT,
    PRIMARY KEY (id)
);
