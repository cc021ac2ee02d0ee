-- Modify "a" table
ALTER TABLE `a` DROP FOREIGN KEY `fk_b`;
-- Drop "b" table
DROP TABLE `b`;
-- Drop "a" table
DROP TABLE `a`;
