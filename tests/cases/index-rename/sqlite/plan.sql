-- Drop index "ix_old" from table: "item"
DROP INDEX `ix_old`;
-- Create index "ix_new" to table: "item"
CREATE INDEX `ix_new` ON `item` (`a`);
