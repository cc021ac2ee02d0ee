CREATE TYPE item_status AS ENUM ('draft', 'done');

CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    status item_status DEFAULT 'draft' NOT NULL,
    PRIMARY KEY (id)
);
