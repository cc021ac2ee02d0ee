-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `ck` CHECK (`s` in ('a','b\'c','d\\e') or `s` like '%"%');
