-- Drop index "ix_shared" from table: "alpha"
DROP INDEX [ix_shared] ON [dbo].[alpha];
-- Create index "ix_shared" to table: "beta"
CREATE NONCLUSTERED INDEX [ix_shared] ON [dbo].[beta] ([x] ASC);
-- Create "kept" table
CREATE TABLE [dbo].[kept] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [z] int NULL,
  CONSTRAINT [PK_kept] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Create index "gone" to table: "kept"
CREATE NONCLUSTERED INDEX [gone] ON [dbo].[kept] ([z] ASC);
-- Drop "gone" table
DROP TABLE [dbo].[gone];
