CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(10),
    b TEXT,
    PRIMARY KEY (id)
);
