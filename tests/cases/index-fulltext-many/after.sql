CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    a TEXT,
    b TEXT,
    PRIMARY KEY (id)
);

CREATE FULLTEXT INDEX new_1 ON item (name, a);

CREATE FULLTEXT INDEX new_2 ON item (name, b);

CREATE FULLTEXT INDEX new_3 ON item (a, b);
