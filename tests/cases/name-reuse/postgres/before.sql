CREATE TABLE alpha (
    id SERIAL NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_shared ON alpha (x);

CREATE TABLE beta (
    id SERIAL NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE gone (
    id SERIAL NOT NULL,
    y INTEGER,
    PRIMARY KEY (id)
);
