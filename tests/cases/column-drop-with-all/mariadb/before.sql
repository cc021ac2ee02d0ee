CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    n INTEGER,
    PRIMARY KEY (id),
    KEY ix_n (n),
    CONSTRAINT ck_n CHECK (n > 0),
    UNIQUE KEY uq (name, n)
);
