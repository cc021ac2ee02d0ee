-- Modify "users" table
ALTER TABLE `users` ADD COLUMN `changed` int NOT NULL DEFAULT 0;
-- Create "touch" trigger on table: "users"
CREATE TRIGGER `touch` BEFORE UPDATE ON `users` FOR EACH ROW BEGIN
  IF new.email <> old.email THEN
    SET new.changed = old.changed + 1;
  END IF;
END;
