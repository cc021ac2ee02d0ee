CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a TEXT,
    b JSON,
    PRIMARY KEY (id)
);
