-- Drop "user_list" view
DROP VIEW `user_list`;
-- Drop column "active" from table: "users"
ALTER TABLE `users` DROP COLUMN `active`;
-- Create "user_list" view
CREATE VIEW user_list AS SELECT id, email FROM users;
