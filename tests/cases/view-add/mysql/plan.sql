-- Create "active_users" view
CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `active_users` AS select `users`.`id` AS `id`,`users`.`email` AS `email` from `users` where (0 <> `users`.`active`);
