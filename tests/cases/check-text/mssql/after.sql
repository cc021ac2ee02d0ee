CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT ck_percent CHECK (name LIKE '%o%' AND qty % 5 = 0),
    CONSTRAINT ck_quotes CHECK (name <> 'it''s (a) CHECK'),
    CONSTRAINT ck_in CHECK (name IN ('one', 'two') OR qty IS NULL)
);
