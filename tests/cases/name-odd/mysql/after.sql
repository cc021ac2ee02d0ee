CREATE TABLE `or``der by` (`se'lect` INTEGER NOT NULL, `a b"c` VARCHAR(10), `ż` INTEGER, PRIMARY KEY (`se'lect`), KEY `i``x` (`a b"c`));
