-- Create "item" table
CREATE TABLE [dbo].[item] (
  [id] [dbo].[code] NOT NULL,
  CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED ([id] ASC)
);
