-- Modify "user_account" table
ALTER TABLE `user_account` ADD COLUMN `age` int NULL;
