CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    k ENUM('b','a'),
    PRIMARY KEY (id)
);
