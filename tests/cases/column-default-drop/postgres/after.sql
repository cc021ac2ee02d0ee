CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER NOT NULL,
    kind VARCHAR(10),
    PRIMARY KEY (id)
);
