CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    gross INTEGER,
    PRIMARY KEY (id)
);
