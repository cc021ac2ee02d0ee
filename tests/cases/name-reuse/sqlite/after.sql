CREATE TABLE alpha (
    id INTEGER NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE beta (
    id INTEGER NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_shared ON beta (x);

CREATE TABLE kept (
    id INTEGER NOT NULL,
    z INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX gone ON kept (z);
