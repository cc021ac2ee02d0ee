-- Drop "first" trigger on table: "users"
DROP TRIGGER `first`;
-- Create "first" trigger on table: "users"
CREATE TRIGGER first BEFORE INSERT ON users FOR EACH ROW PRECEDES `stays` SET NEW.email = UPPER(NEW.email);
-- Drop "n" trigger on table: "users"
DROP TRIGGER `n`;
-- Create "n" trigger on table: "users"
CREATE TRIGGER n BEFORE UPDATE ON users FOR EACH ROW SET NEW.email = TRIM(NEW.email);
-- Drop "m" trigger on table: "users"
DROP TRIGGER `m`;
-- Create "m" trigger on table: "users"
CREATE TRIGGER m BEFORE UPDATE ON users FOR EACH ROW FOLLOWS `n` SET NEW.email = LOWER(NEW.email);
-- Drop "gone" table
DROP TABLE `gone`;
