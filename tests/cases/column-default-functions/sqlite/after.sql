CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    a DATETIME DEFAULT CURRENT_TIMESTAMP,
    b DATE DEFAULT (date('now')),
    c TEXT DEFAULT ('a' || 'b'),
    d INTEGER DEFAULT (abs(-5) + 1),
    e TEXT DEFAULT (lower(hex(randomblob(4)))),
    PRIMARY KEY (id)
);
