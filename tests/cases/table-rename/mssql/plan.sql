-- Create "article" table
CREATE TABLE [dbo].[article] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [title] varchar(80) NOT NULL,
  CONSTRAINT [PK_article] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Create index "ix_article_title" to table: "article"
CREATE NONCLUSTERED INDEX [ix_article_title] ON [dbo].[article] ([title] ASC);
-- Drop "item" table
DROP TABLE [dbo].[item];
