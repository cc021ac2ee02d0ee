CREATE TABLE room (
    house INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (house, number)
);

CREATE TABLE booking (
    id INTEGER NOT NULL IDENTITY,
    house INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (id)
);
