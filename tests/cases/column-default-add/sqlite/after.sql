CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER DEFAULT '5',
    kind VARCHAR(10) DEFAULT 'plain',
    PRIMARY KEY (id)
);
