-- Modify "item" table
ALTER TABLE `item` DROP CHECK `ck`, ADD CONSTRAINT `ck` CHECK ((`n` >= 0) and (`name` <> _utf8mb4'it\'s'));
