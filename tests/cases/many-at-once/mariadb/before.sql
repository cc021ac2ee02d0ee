CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10), PRIMARY KEY (id));

CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    n INTEGER,
    s VARCHAR(10),
    box_id INTEGER,
    PRIMARY KEY (id),
    KEY ix_n (n),
    CONSTRAINT ck CHECK (n > 0),
    CONSTRAINT fk_box FOREIGN KEY (box_id) REFERENCES box (id)
);
