CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a INTEGER,
    b NUMERIC(8, 2),
    PRIMARY KEY (id)
);
