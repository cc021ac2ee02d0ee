CREATE TABLE hits (
    id INTEGER NOT NULL,
    k INTEGER NOT NULL,
    note VARCHAR(5),
    PRIMARY KEY (id, k)
);
