-- Add column "quote" to table: "item"
ALTER TABLE `item` ADD COLUMN `quote` varchar(20) NULL DEFAULT 'it''s "so"';
-- Add column "percent" to table: "item"
ALTER TABLE `item` ADD COLUMN `percent` varchar(20) NULL DEFAULT '100% %s %%';
-- Add column "back" to table: "item"
ALTER TABLE `item` ADD COLUMN `back` varchar(20) NULL DEFAULT 'a\b\n';
-- Add column "empty" to table: "item"
ALTER TABLE `item` ADD COLUMN `empty` varchar(20) NULL DEFAULT '';
-- Add column "neg" to table: "item"
ALTER TABLE `item` ADD COLUMN `neg` integer NULL DEFAULT '-1';
-- Add column "dec" to table: "item"
ALTER TABLE `item` ADD COLUMN `dec` numeric(5,2) NULL DEFAULT '1.50';
-- Add column "yes" to table: "item"
ALTER TABLE `item` ADD COLUMN `yes` boolean NULL DEFAULT 1;
-- Add column "no" to table: "item"
ALTER TABLE `item` ADD COLUMN `no` boolean NULL DEFAULT 0;
-- Add column "semi" to table: "item"
ALTER TABLE `item` ADD COLUMN `semi` varchar(20) NULL DEFAULT 'a;b--c/*d';
-- Add column "paren" to table: "item"
ALTER TABLE `item` ADD COLUMN `paren` varchar(20) NULL DEFAULT '(x) CHECK (y)';
-- Add column "nul" to table: "item"
ALTER TABLE `item` ADD COLUMN `nul` varchar(20) NULL;
-- Add column "uni" to table: "item"
ALTER TABLE `item` ADD COLUMN `uni` varchar(20) NULL DEFAULT 'żółw 🐢';
