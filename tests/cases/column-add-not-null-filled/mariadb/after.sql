CREATE TABLE item (
    id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    s VARCHAR(9) NOT NULL,
    e ENUM('a','b') NOT NULL,
    u UUID NOT NULL,
    born DATE NOT NULL,
    PRIMARY KEY (id)
);
