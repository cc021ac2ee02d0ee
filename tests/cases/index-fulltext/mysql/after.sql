CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    t TEXT,
    PRIMARY KEY (id),
    FULLTEXT KEY ft (t, name)
);
