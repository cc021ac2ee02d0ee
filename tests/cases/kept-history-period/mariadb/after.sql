CREATE TABLE salary (
    id INTEGER NOT NULL,
    amount NUMERIC(10, 2),
    note VARCHAR(5),
    UNIQUE KEY uq (amount),
    PRIMARY KEY (id)
);
