CREATE TABLE slot (
    day INTEGER NOT NULL,
    room INTEGER NOT NULL,
    who VARCHAR(20) NOT NULL,
    PRIMARY KEY (day, room)
);
