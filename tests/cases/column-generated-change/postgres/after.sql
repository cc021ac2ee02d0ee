CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    gross INTEGER GENERATED ALWAYS AS (price * 3) STORED,
    PRIMARY KEY (id)
);
