-- Modify "active_users" view
CREATE OR REPLACE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `active_users` AS select `users`.`email` AS `email`,`users`.`id` AS `user_id` from `users` where `users`.`active` <> 0 or `users`.`email` = 'a\'b';
