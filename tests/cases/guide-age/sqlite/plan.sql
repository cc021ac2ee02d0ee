-- Add column "age" to table: "user_account"
ALTER TABLE `user_account` ADD COLUMN `age` integer NULL;
