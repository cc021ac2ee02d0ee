-- Create "member" table
CREATE TABLE `member` (
  `id` integer NOT NULL,
  `team_id` integer NOT NULL,
  `email` varchar(120) NOT NULL,
  `score` integer NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  CONSTRAINT `uq_member_email` UNIQUE (`email`),
  FOREIGN KEY (`team_id`) REFERENCES `team` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT `ck_member_score` CHECK (score >= 0)
);
-- Create index "ix_member_team_id" to table: "member"
CREATE INDEX `ix_member_team_id` ON `member` (`team_id`);
