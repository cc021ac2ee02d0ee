CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    qty INTEGER NOT NULL DEFAULT '0',
    state NVARCHAR(10) NOT NULL DEFAULT 'new',
    at DATETIME2 NULL DEFAULT CURRENT_TIMESTAMP,
    twice AS (qty * 2),
    PRIMARY KEY (id),
    CONSTRAINT ck_item CHECK (state IN ('new', 'old'))
);
CREATE INDEX ix_item ON item (state) WHERE qty > 0;
