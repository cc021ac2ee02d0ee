-- Create "tidy" function
EXEC (N'CREATE FUNCTION [tidy](@said VARCHAR(80)) RETURNS VARCHAR(80) AS BEGIN RETURN TRIM(@said); END');
-- Modify "touch" trigger on table: "users"
EXEC (N'CREATE OR ALTER TRIGGER [touch] ON [users] FOR UPDATE AS PRINT dbo.tidy(''a'')');
-- Modify "v" view
EXEC (N'CREATE OR ALTER VIEW [v] AS SELECT id, email FROM users');
-- Create "wipe" procedure
EXEC (N'CREATE PROCEDURE [wipe] AS DELETE FROM users WHERE dbo.tidy(email) = ''''');
-- Drop "gone" function
DROP FUNCTION [gone];
