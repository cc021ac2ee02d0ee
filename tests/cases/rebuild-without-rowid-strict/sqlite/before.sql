CREATE TABLE setting (
    "key" TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY ("key")
)
 WITHOUT ROWID,
 STRICT;
