-- Drop "v" view
DROP VIEW [dbo].[v];
-- Create "v" table
CREATE TABLE [dbo].[v] (
  [id] int NOT NULL,
  CONSTRAINT [PK_v] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Drop "w" table
DROP TABLE [dbo].[w];
-- Create "w" view
EXEC (N'CREATE VIEW [dbo].[w] AS SELECT a FROM t');
