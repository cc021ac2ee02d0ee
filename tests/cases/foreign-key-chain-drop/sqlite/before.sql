CREATE TABLE a (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE b (
    id INTEGER NOT NULL,
    a_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(a_id) REFERENCES a (id)
);

CREATE TABLE c (
    id INTEGER NOT NULL,
    b_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(b_id) REFERENCES b (id)
);

CREATE TABLE aa (
    id INTEGER NOT NULL,
    c_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(c_id) REFERENCES c (id)
);
