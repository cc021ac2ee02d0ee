CREATE TABLE a (
    id INTEGER NOT NULL,
    x INTEGER,
    b_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_a_b FOREIGN KEY(b_id) REFERENCES b (id)
);

CREATE TABLE b (
    id INTEGER NOT NULL,
    y INTEGER,
    a_id INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT fk_b_a FOREIGN KEY(a_id) REFERENCES a (id)
);
