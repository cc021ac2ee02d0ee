CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    gross AS (price * 2) PERSISTED,
    PRIMARY KEY (id)
);
