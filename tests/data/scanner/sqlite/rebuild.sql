-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create "new_t" table
CREATE TABLE `new_t` (
  `id` integer NOT NULL,
  `s` text NOT NULL DEFAULT 'CHECK (a;b)',
  CHECK (`s` <> ';')
);
INSERT INTO `new_t` (`id`, `s`) SELECT `id`, IFNULL(`s`, '') AS `s` FROM `t`;
DROP TABLE `t`;
ALTER TABLE `new_t` RENAME TO `t`;
PRAGMA foreign_keys = on;
