CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    kind ENUM('a', 'b') CHARACTER SET binary,
    other ENUM('x') CHARACTER SET binary,
    PRIMARY KEY (id)
);
