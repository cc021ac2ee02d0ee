-- Drop "picked" function
DROP FUNCTION [dbo].[picked];
-- Create "picked" function
EXEC (N'CREATE FUNCTION [dbo].[picked](@a INTEGER) RETURNS @found TABLE (id INTEGER NOT NULL) AS BEGIN INSERT INTO @found SELECT id FROM users WHERE id = @a; RETURN; END');
