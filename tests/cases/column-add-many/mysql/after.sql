CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    a INTEGER,
    b DATETIME(6),
    c ENUM('x','y''z'),
    d BOOL NOT NULL DEFAULT false,
    PRIMARY KEY (id)
);
