CREATE TYPE status AS ENUM ('new', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status DEFAULT 'new' NOT NULL,
    PRIMARY KEY (id)
);
