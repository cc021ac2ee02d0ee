-- Drop "gone" table
DROP TABLE `gone`;
-- Drop index "ix_shared" from table: "alpha"
DROP INDEX `ix_shared`;
-- Create index "ix_shared" to table: "beta"
CREATE INDEX `ix_shared` ON `beta` (`x`);
-- Create "kept" table
CREATE TABLE `kept` (
  `id` integer NOT NULL,
  `z` integer NULL,
  PRIMARY KEY (`id`)
);
-- Create index "gone" to table: "kept"
CREATE INDEX `gone` ON `kept` (`z`);
