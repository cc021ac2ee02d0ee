-- Drop "twice" function
DROP FUNCTION `twice`;
-- Create "twice" function
CREATE FUNCTION `twice`(a integer) RETURNS bigint(20)
    DETERMINISTIC
BEGIN RETURN a + a; END;
-- Drop "clean" procedure
DROP PROCEDURE `clean`;
