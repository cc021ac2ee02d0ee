-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `ck`, ADD CONSTRAINT `ck` CHECK (`n` >= 0 and `name` <> 'it\'s');
