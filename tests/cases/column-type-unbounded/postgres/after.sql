CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR,
    b TEXT,
    c NUMERIC,
    PRIMARY KEY (id)
);
