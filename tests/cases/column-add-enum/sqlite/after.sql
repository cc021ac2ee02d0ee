CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    status VARCHAR(5) DEFAULT 'draft' NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT item_status CHECK (status IN ('draft', 'done'))
);
