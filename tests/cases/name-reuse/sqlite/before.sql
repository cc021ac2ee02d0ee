CREATE TABLE alpha (
    id INTEGER NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_shared ON alpha (x);

CREATE TABLE beta (
    id INTEGER NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE gone (
    id INTEGER NOT NULL,
    y INTEGER,
    PRIMARY KEY (id)
);
