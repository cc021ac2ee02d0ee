CREATE TABLE `order` (`group` INTEGER NOT NULL, `key` INTEGER, PRIMARY KEY (`group`), KEY `index` (`key`));
