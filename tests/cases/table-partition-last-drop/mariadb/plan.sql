-- Modify "hits" table
ALTER TABLE `hits` DROP PARTITION `p30`;
