CREATE TABLE team (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id)
);
