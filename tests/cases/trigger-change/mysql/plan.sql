-- Drop "touch" trigger on table: "users"
DROP TRIGGER `touch`;
-- Drop "gone" trigger on table: "users"
DROP TRIGGER `gone`;
-- Modify "users" table
ALTER TABLE `users` DROP COLUMN `changed`, ADD COLUMN `changes` int NOT NULL DEFAULT 0;
-- Create "touch" trigger on table: "users"
CREATE TRIGGER `touch` BEFORE UPDATE ON `users` FOR EACH ROW BEGIN SET new.changes = old.changes + 2; END;
