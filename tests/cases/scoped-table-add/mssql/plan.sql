-- Create "item" table
CREATE TABLE [item] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [name] nvarchar(40) NOT NULL,
  CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED ([id] ASC)
);
