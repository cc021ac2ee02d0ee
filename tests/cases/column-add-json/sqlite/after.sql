CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    data JSON,
    extra JSON DEFAULT '{}' NOT NULL,
    PRIMARY KEY (id)
);
