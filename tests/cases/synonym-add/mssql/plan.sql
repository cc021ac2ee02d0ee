-- Create "people" synonym
CREATE SYNONYM [dbo].[people] FOR dbo.users;
-- Create "v" view
EXEC (N'CREATE VIEW [dbo].[v] AS SELECT id FROM people');
