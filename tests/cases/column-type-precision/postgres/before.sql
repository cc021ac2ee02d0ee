CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a INTERVAL (4),
    b TIME(4) WITHOUT TIME ZONE,
    c BIT(4),
    d FLOAT(24),
    PRIMARY KEY (id)
);
