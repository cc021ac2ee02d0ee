CREATE TABLE slot (
    day INTEGER NOT NULL,
    room INTEGER NOT NULL,
    who VARCHAR(20) NOT NULL,
    CONSTRAINT slot_key PRIMARY KEY (day, room)
);
