CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR,
    b TEXT,
    PRIMARY KEY (id)
);
