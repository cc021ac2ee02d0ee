-- Create "team" table
CREATE TABLE `team` (
  `id` integer NOT NULL,
  `lead_id` integer NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_team_lead` FOREIGN KEY (`lead_id`) REFERENCES `person` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "person" table
CREATE TABLE `person` (
  `id` integer NOT NULL,
  `team_id` integer NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `fk_person_team` FOREIGN KEY (`team_id`) REFERENCES `team` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION
);
