CREATE TYPE status AS ENUM ('new', 'open', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status DEFAULT 'open' NOT NULL,
    PRIMARY KEY (id)
);
