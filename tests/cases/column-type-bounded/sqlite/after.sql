CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(30),
    b VARCHAR(30),
    PRIMARY KEY (id)
);
