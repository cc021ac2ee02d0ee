CREATE TYPE status AS ENUM ('new', 'done');
CREATE TABLE item (id integer PRIMARY KEY, state status NOT NULL);
CREATE VIEW open_items AS SELECT id, state FROM item WHERE state <> 'done';
CREATE VIEW item_ids AS SELECT id FROM item;
