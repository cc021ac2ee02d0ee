-- Create "initials" function
EXEC (N'CREATE FUNCTION [dbo].[initials](@name NVARCHAR(80)) RETURNS NCHAR(1) AS
BEGIN
    RETURN UPPER(LEFT(@name, 1)); -- it''s one; letter
END');
-- Create "users_after" function
EXEC (N'CREATE FUNCTION [dbo].[users_after](@id INT) RETURNS TABLE AS RETURN (SELECT id, email FROM users WHERE id > @id)');
-- Create "clean" procedure
EXEC (N'CREATE PROCEDURE [dbo].[clean] @before INT = 10, @n INT OUTPUT AS
BEGIN
    SET NOCOUNT ON;
    DELETE FROM users WHERE id < @before;
    SET @n = @@ROWCOUNT;
END');
