-- Drop "member" table
DROP TABLE [dbo].[member];
-- Drop "team" table
DROP TABLE [dbo].[team];
