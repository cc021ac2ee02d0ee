CREATE TABLE slot (
    day INTEGER NOT NULL,
    room INTEGER NOT NULL,
    who VARCHAR(20) NOT NULL,
    CONSTRAINT pk_slot PRIMARY KEY (day, room)
);
