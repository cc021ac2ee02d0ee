CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    gross INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id)
);
