-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `ck` CHECK ((`s` in (_utf8mb4'a',_utf8mb4'b\'c',_utf8mb4'd\\e')) or (`s` like _utf8mb4'%"%'));
