CREATE TABLE item (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);
