-- Drop "v" view
DROP VIEW `v`;
-- Create "v" table
CREATE TABLE `v` (
  `id` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Drop "w" table
DROP TABLE `w`;
-- Create "w" view
CREATE VIEW w AS SELECT a FROM t;
