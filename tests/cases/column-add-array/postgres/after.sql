CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    grid INTEGER[][],
    PRIMARY KEY (id)
);
