CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a JSONB,
    b JSONB,
    PRIMARY KEY (id)
);
