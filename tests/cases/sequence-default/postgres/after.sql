CREATE SEQUENCE order_no START WITH 100;

CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    no BIGINT DEFAULT nextval('order_no') NOT NULL,
    PRIMARY KEY (id)
);
