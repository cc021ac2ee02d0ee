CREATE TYPE status AS ENUM ('first', 'new', 'it''s', 'done', 'last');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status NOT NULL,
    PRIMARY KEY (id)
);
