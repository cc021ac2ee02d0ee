-- Drop "member" table
DROP TABLE [dbo].[member];
