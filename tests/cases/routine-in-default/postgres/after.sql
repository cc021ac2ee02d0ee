CREATE FUNCTION fresh_code() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*)::text FROM codes); END $$;
CREATE TABLE codes (id integer PRIMARY KEY, code text NOT NULL DEFAULT fresh_code());
CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
ALTER TABLE users ADD COLUMN code text DEFAULT fresh_code();
