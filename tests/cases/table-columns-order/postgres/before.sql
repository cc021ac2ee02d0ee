CREATE TABLE item (
    id SERIAL NOT NULL,
    a INTEGER,
    b TEXT,
    PRIMARY KEY (id)
);
