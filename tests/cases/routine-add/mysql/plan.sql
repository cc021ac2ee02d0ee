-- Create "twice" function
CREATE FUNCTION `twice`(a integer) RETURNS int
    DETERMINISTIC
BEGIN RETURN a * 2; END;
-- Create "clean" procedure
CREATE PROCEDURE `clean`(IN before_id integer)
BEGIN
  DELETE FROM users WHERE id < before_id;
  SELECT 'done; really';
END;
