-- Modify "hits" table
ALTER TABLE `hits` ADD PARTITION (PARTITION `p2` VALUES IN (2) ENGINE = InnoDB);
