-- Modify "users" table
ALTER TABLE `users` ADD COLUMN `n` int NULL;
-- Drop "gone" table
DROP TABLE `gone`;
