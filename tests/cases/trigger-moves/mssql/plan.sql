-- Create "people" table
CREATE TABLE [dbo].[people] (
  [id] int NOT NULL,
  CONSTRAINT [PK_people] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Drop "x" trigger on table: "a"
DROP TRIGGER [dbo].[x];
-- Create "x" trigger on table: "b"
EXEC (N'CREATE TRIGGER [dbo].[x] ON [dbo].[b] FOR INSERT AS SELECT 1 AS n');
-- Drop "users" table
DROP TABLE [dbo].[users];
-- Create "y" trigger on table: "people"
EXEC (N'CREATE TRIGGER [dbo].[y] ON [dbo].[people] FOR INSERT AS SELECT 2 AS n');
