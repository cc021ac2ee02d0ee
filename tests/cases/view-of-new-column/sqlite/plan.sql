-- Drop "user_list" view
DROP VIEW `user_list`;
-- Add column "active" to table: "users"
ALTER TABLE `users` ADD COLUMN `active` boolean NOT NULL DEFAULT 0;
-- Create "teams" table
CREATE TABLE `teams` (
  `id` integer NOT NULL,
  `leader` integer NOT NULL,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`leader`) REFERENCES `users` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "user_list" view
CREATE VIEW user_list AS SELECT users.id, users.active, teams.id AS team FROM users JOIN teams ON teams.leader = users.id;
