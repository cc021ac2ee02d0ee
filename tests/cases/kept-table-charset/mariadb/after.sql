CREATE TABLE person (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(40) NOT NULL,
    nick VARCHAR(9),
    born DATE,
    code VARCHAR(9) COLLATE utf8mb4_bin,
    PRIMARY KEY (id)
);
