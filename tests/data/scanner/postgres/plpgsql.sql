-- Keeps the moment of the last change; one trigger function serves every table.
CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger AS $$
BEGIN
  -- a quote that's never closed, and a ; in a comment
  NEW.updated_at := now();
  IF NEW.state = 'done;' THEN
    NEW.done_at := coalesce(NEW.done_at, now());
  END IF;
  RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER orders_touch BEFORE UPDATE ON orders
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

DO $do$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT relname FROM pg_class WHERE relkind = 'r' LOOP
    EXECUTE format($fmt$ALTER TABLE %I ADD COLUMN note text DEFAULT 'a;b'$fmt$, r.relname);
  END LOOP;
END
$do$;

CREATE FUNCTION nested() RETURNS text LANGUAGE plpgsql AS $outer$
BEGIN
  EXECUTE $inner$ DO $$ BEGIN PERFORM 1; END $$; $inner$;
  RETURN '$outer';
END;
$outer$;
CREATE TABLE price$list ("a$b" int, c$1 int DEFAULT 1);
PREPARE q AS SELECT $1, $2;
