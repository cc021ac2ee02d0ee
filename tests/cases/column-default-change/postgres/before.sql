CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER DEFAULT '5',
    kind VARCHAR(10) DEFAULT 'plain',
    PRIMARY KEY (id)
);
