-- Modify "users" table
ALTER TABLE `users` ADD COLUMN `nick` varchar(20) NULL;
-- Modify "user_list" view
CREATE OR REPLACE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `user_list` AS select `users`.`id` AS `id`,`users`.`email` AS `email`,`users`.`nick` AS `nick` from `users` where `users`.`id` > 1;
