CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    n INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT ck CHECK (n >= 0 AND name <> 'it''s')
);
