CREATE TABLE t (
    a VARCHAR(10),
    b INTEGER,
    d INTEGER,
    CONSTRAINT ck CHECK (a <> 'x')
) CHARSET=latin1;
