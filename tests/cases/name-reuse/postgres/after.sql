CREATE TABLE alpha (
    id SERIAL NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE beta (
    id SERIAL NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_shared ON beta (x);

CREATE TABLE kept (
    id SERIAL NOT NULL,
    z INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX gone ON kept (z);
