-- Modify "item" table
ALTER TABLE `item` ALTER CHECK `ck` NOT ENFORCED;
