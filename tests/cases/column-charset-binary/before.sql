CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    kind ENUM('a', 'b'),
    PRIMARY KEY (id)
);
