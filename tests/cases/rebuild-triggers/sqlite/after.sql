CREATE TABLE item (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    qty INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_item_qty ON item (qty);

CREATE TABLE audit (what TEXT);

CREATE TRIGGER item_insert AFTER INSERT ON item BEGIN
    INSERT INTO audit (what) VALUES ('insert ' || new.name);
END;

CREATE TRIGGER "item update" AFTER UPDATE OF name ON item WHEN old.name <> new.name BEGIN
    INSERT INTO audit (what) VALUES ('update; ' || new.name);
    DELETE FROM audit WHERE what = 'x';
END;
