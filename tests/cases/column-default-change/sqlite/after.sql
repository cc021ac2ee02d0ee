CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER DEFAULT '-6',
    kind VARCHAR(10) DEFAULT 'fancy',
    PRIMARY KEY (id)
);
