CREATE TYPE status AS ENUM ('new', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    state status DEFAULT 'new' NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_state CHECK (state <> 'new' OR id > 0)
);

CREATE INDEX ix_item_open ON item (id) WHERE state <> 'done';

CREATE INDEX ix_item_state ON item (state);
