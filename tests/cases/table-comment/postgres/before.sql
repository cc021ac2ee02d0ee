CREATE TABLE gains (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE changes (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE changes IS 'old words';

CREATE TABLE loses (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE loses IS 'going';
