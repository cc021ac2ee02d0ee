-- Modify "hits" table
ALTER TABLE `hits` ENGINE InnoDB;
