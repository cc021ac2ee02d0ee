CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    price BIGINT,
    gross BIGINT GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id)
);
