CREATE TABLE t (
    a VARCHAR(10),
    b INTEGER,
    CONSTRAINT ck CHECK (a <> 'x')
) CHARSET=latin1;
