-- Modify "users" table
ALTER TABLE `users` ADD COLUMN `active` bool NOT NULL DEFAULT 0;
-- Create "teams" table
CREATE TABLE `teams` (
  `id` int NOT NULL,
  `leader` int NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `leader` (`leader`),
  CONSTRAINT `teams_ibfk_1` FOREIGN KEY (`leader`) REFERENCES `users` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
) CHARSET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
-- Modify "user_list" view
CREATE OR REPLACE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `user_list` AS select `users`.`id` AS `id`,`users`.`active` AS `active`,`teams`.`id` AS `team` from (`users` join `teams` on((`teams`.`leader` = `users`.`id`)));
