CREATE TABLE crate (id INTEGER NOT NULL, label VARCHAR(20) NOT NULL, PRIMARY KEY (id));
CREATE VIEW labels AS SELECT label FROM crate;
CREATE TRIGGER counted AFTER INSERT ON crate BEGIN UPDATE crate SET label = upper(label) WHERE id = NEW.id; END;
