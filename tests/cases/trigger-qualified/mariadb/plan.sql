-- Create "tidy" function
CREATE FUNCTION `dev`.`tidy`(said VARCHAR(80)) RETURNS varchar(80) CHARSET utf8mb4 COLLATE utf8mb4_general_ci
    DETERMINISTIC
RETURN TRIM(said);
-- Drop "touch" trigger on table: "users"
DROP TRIGGER `dev`.`touch`;
-- Create "touch" trigger on table: "users"
CREATE TRIGGER `dev`.touch BEFORE UPDATE ON `dev`.users FOR EACH ROW SET NEW.email = tidy(NEW.email);
-- Create "swept" event
CREATE EVENT `dev`.`swept` ON SCHEDULE EVERY 1 DAY STARTS '2031-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM users WHERE email = '';
-- Create "wipe" procedure
CREATE PROCEDURE `dev`.`wipe`()
DELETE FROM users WHERE tidy(email) = '';
-- Create "counted" trigger on table: "users"
CREATE TRIGGER `dev`.counted AFTER INSERT ON `dev`.users FOR EACH ROW SET @n = (SELECT COUNT(*) FROM users);
-- Drop "gone" function
DROP FUNCTION `dev`.`gone`;
