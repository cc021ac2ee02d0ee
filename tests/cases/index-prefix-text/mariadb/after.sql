CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    t TEXT,
    PRIMARY KEY (id),
    KEY ix (t(20))
);
