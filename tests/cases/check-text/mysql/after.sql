CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    s VARCHAR(10),
    PRIMARY KEY (id),
    CONSTRAINT ck CHECK (s IN ('a','b''c','d\\e') OR s LIKE '%\"%')
);
