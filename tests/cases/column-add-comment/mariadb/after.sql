CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    note TEXT COMMENT 'it''s a "note" \\ here',
    PRIMARY KEY (id)
);
