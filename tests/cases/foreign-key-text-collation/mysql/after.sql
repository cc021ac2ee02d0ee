CREATE TABLE box (id INTEGER NOT NULL, code VARCHAR(10) COLLATE utf8mb4_bin NOT NULL, UNIQUE uq_code (code), PRIMARY KEY (id));

CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    box_code VARCHAR(10) COLLATE utf8mb4_bin,
    PRIMARY KEY (id),
    CONSTRAINT fk_code FOREIGN KEY (box_code) REFERENCES box (code)
);
