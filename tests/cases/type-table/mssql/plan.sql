-- Drop "wipe" procedure
DROP PROCEDURE [dbo].[wipe];
-- Drop "ids" type
DROP TYPE [dbo].[ids];
-- Create "ids" type
CREATE TYPE [dbo].[ids] AS TABLE ([id] bigint NOT NULL, [note] varchar(9) NULL, PRIMARY KEY CLUSTERED ([id] ASC));
-- Create "wipe" procedure
EXEC (N'CREATE PROCEDURE [dbo].[wipe] @ids dbo.ids READONLY AS DELETE FROM users WHERE id IN (SELECT id FROM @ids)');
