-- Drop "i" trigger on table: "v"
DROP TRIGGER `i`;
-- Drop "v" view
DROP VIEW `v`;
-- Create "v" view
CREATE VIEW v AS SELECT id, a FROM t;
-- Create "i" trigger on table: "v"
CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
