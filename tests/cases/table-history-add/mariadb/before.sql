CREATE TABLE salary (
    id INTEGER NOT NULL,
    amount NUMERIC(10, 2),
    PRIMARY KEY (id)
);
