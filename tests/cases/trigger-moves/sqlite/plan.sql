-- Create "people" table
CREATE TABLE `people` (
  `id` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Drop "x" trigger on table: "a"
DROP TRIGGER `x`;
-- Create "x" trigger on table: "b"
CREATE TRIGGER x AFTER INSERT ON b BEGIN SELECT 1; END;
-- Drop "users" table
DROP TABLE `users`;
-- Create "y" trigger on table: "people"
CREATE TRIGGER y AFTER INSERT ON people BEGIN SELECT 2; END;
