-- Modify "hits" table
ALTER TABLE `hits` ROW_FORMAT=DYNAMIC;
