CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a BIGINT[],
    b TEXT[],
    PRIMARY KEY (id)
);
