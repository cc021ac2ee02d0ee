CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    gross INTEGER,
    PRIMARY KEY (id)
);
