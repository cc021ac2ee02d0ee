-- Drop "aa" table
DROP TABLE [dbo].[aa];
-- Drop "c" table
DROP TABLE [dbo].[c];
-- Drop "b" table
DROP TABLE [dbo].[b];
