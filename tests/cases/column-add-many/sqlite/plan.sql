-- Add column "a" to table: "item"
ALTER TABLE `item` ADD COLUMN `a` smallint NULL;
-- Add column "b" to table: "item"
ALTER TABLE `item` ADD COLUMN `b` bigint NULL;
-- Add column "c" to table: "item"
ALTER TABLE `item` ADD COLUMN `c` numeric(10,2) NULL;
-- Add column "d" to table: "item"
ALTER TABLE `item` ADD COLUMN `d` float NULL;
-- Add column "e" to table: "item"
ALTER TABLE `item` ADD COLUMN `e` double NULL;
-- Add column "f" to table: "item"
ALTER TABLE `item` ADD COLUMN `f` boolean NULL;
-- Add column "g" to table: "item"
ALTER TABLE `item` ADD COLUMN `g` date NULL;
-- Add column "h" to table: "item"
ALTER TABLE `item` ADD COLUMN `h` time NULL;
-- Add column "i" to table: "item"
ALTER TABLE `item` ADD COLUMN `i` datetime NULL;
-- Add column "j" to table: "item"
ALTER TABLE `item` ADD COLUMN `j` datetime NULL;
-- Add column "k" to table: "item"
ALTER TABLE `item` ADD COLUMN `k` blob NULL;
-- Add column "l" to table: "item"
ALTER TABLE `item` ADD COLUMN `l` text NULL;
-- Add column "m" to table: "item"
ALTER TABLE `item` ADD COLUMN `m` varchar NULL;
-- Add column "n" to table: "item"
ALTER TABLE `item` ADD COLUMN `n` varchar(20) NULL;
-- Add column "o" to table: "item"
ALTER TABLE `item` ADD COLUMN `o` char(3) NULL;
-- Add column "p" to table: "item"
ALTER TABLE `item` ADD COLUMN `p` char(32) NULL;
-- Add column "q" to table: "item"
ALTER TABLE `item` ADD COLUMN `q` datetime NULL;
-- Add column "r" to table: "item"
ALTER TABLE `item` ADD COLUMN `r` real NULL;
