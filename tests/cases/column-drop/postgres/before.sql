CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    note TEXT,
    qty INTEGER DEFAULT '1' NOT NULL,
    PRIMARY KEY (id)
);
