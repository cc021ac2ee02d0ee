CREATE TABLE gains (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE gains IS 'It''s 100% new: "quoted" \ done';

CREATE TABLE changes (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE changes IS 'new
words';

CREATE TABLE loses (
    id SERIAL NOT NULL,
    PRIMARY KEY (id)
);
