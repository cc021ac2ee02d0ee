CREATE TYPE item_state AS ENUM ('new', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state item_state NOT NULL,
    PRIMARY KEY (id)
);
