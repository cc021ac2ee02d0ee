CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    gains INTEGER,
    changes INTEGER,
    loses INTEGER,
    PRIMARY KEY (id)
);

COMMENT ON COLUMN item.changes IS 'old';

COMMENT ON COLUMN item.loses IS 'going';
