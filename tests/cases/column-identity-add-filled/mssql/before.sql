CREATE TABLE item (
    id INTEGER NOT NULL,
    qty INTEGER,
    CONSTRAINT pk_item PRIMARY KEY (id)
);
