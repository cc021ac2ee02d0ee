CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);
