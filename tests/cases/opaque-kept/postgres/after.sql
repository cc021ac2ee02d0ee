CREATE TABLE item (
    id SERIAL NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER,
    note TEXT,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_note ON item (note);

CREATE VIEW item_names AS SELECT id, name FROM item;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.name := new.name || ';';
    RETURN new;
END
$$;

CREATE TRIGGER item_touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();
