CREATE TABLE salary (
    id INTEGER NOT NULL,
    amount NUMERIC(10, 2),
    note VARCHAR(5),
    PRIMARY KEY (id)
);
