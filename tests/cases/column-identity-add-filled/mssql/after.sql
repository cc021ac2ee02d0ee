CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    qty INTEGER,
    kind VARCHAR(10) NOT NULL DEFAULT 'plain',
    note VARCHAR(10) DEFAULT 'none',
    CONSTRAINT pk_item PRIMARY KEY (id)
);
