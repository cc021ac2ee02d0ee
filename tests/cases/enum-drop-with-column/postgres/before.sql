CREATE TYPE status AS ENUM ('new', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status NOT NULL,
    PRIMARY KEY (id)
);
