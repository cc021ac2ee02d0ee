CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    price INTEGER,
    PRIMARY KEY (id)
);
