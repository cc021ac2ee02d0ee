-- Add column "changed" to table: "users"
ALTER TABLE `users` ADD COLUMN `changed` text NULL;
-- Create "touch" trigger on table: "users"
CREATE TRIGGER touch AFTER UPDATE OF email ON users BEGIN
  UPDATE users SET changed = 'now' WHERE id = new.id;
END;
