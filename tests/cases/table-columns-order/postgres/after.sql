CREATE TABLE item (
    b TEXT,
    a INTEGER,
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);
