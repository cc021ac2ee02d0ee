CREATE TABLE `order` (`group` INTEGER NOT NULL, PRIMARY KEY (`group`));
