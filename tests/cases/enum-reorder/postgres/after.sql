CREATE TYPE status AS ENUM ('done', 'new');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status NOT NULL,
    PRIMARY KEY (id)
);
