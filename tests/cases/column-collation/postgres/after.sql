CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    a TEXT COLLATE "C",
    b TEXT,
    PRIMARY KEY (id)
);
