-- Modify "users" table
ALTER TABLE `users` MODIFY COLUMN `email` varchar(200) NOT NULL;
