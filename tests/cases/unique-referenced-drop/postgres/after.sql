CREATE TABLE item (
    id SERIAL NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id)
);

CREATE TABLE part (
    id SERIAL NOT NULL,
    code VARCHAR(10),
    PRIMARY KEY (id)
);
