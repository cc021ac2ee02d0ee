CREATE TABLE item (
    id INTEGER NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id)
);

CREATE TABLE part (
    id INTEGER NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id)
);
