-- Drop "halves" view
DROP VIEW [dbo].[halves];
-- Drop "half" function
DROP FUNCTION [dbo].[half];
-- Create "half" function
EXEC (N'CREATE FUNCTION [dbo].[half](@a INTEGER) RETURNS NUMERIC(9, 1) WITH SCHEMABINDING AS BEGIN RETURN @a / 2.0; END');
-- Modify "twice" function
EXEC (N'CREATE OR ALTER FUNCTION [dbo].[twice](@a INTEGER) RETURNS INTEGER AS BEGIN RETURN @a + @a; END');
-- Modify "p" procedure
EXEC (N'CREATE OR ALTER PROCEDURE [dbo].[p] @n INTEGER AS SELECT @n AS n');
-- Create "halves" view
EXEC (N'CREATE VIEW [dbo].[halves] WITH SCHEMABINDING AS SELECT dbo.half(id) AS half FROM dbo.users');
