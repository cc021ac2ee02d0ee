CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    a VARCHAR(20),
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id),
    KEY ix (b, c)
);
