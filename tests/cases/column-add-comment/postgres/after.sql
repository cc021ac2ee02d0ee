CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    note TEXT,
    PRIMARY KEY (id)
);

COMMENT ON COLUMN item.note IS 'what the customer said';
