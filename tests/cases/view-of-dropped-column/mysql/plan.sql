-- Drop "user_list" view
DROP VIEW `user_list`;
-- Modify "users" table
ALTER TABLE `users` DROP COLUMN `active`;
-- Create "user_list" view
CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `user_list` AS select `users`.`id` AS `id`,`users`.`email` AS `email` from `users`;
