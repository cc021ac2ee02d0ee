CREATE TYPE status AS ENUM ('new', 'done', 'draft');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status DEFAULT 'draft' NOT NULL,
    PRIMARY KEY (id)
);
