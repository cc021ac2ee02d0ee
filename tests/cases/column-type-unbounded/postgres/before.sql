CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(30),
    b VARCHAR(30),
    c NUMERIC(10, 2),
    PRIMARY KEY (id)
);
