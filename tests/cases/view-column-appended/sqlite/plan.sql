-- Drop "user_list" view
DROP VIEW `user_list`;
-- Add column "nick" to table: "users"
ALTER TABLE `users` ADD COLUMN `nick` varchar(20) NULL;
-- Create "user_list" view
CREATE VIEW user_list AS SELECT id, email, nick FROM users WHERE id > 1;
