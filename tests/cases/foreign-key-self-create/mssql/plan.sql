-- Create "node" table
CREATE TABLE [dbo].[node] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [parent_id] int NULL,
  CONSTRAINT [PK_node] PRIMARY KEY CLUSTERED ([id] ASC),
  CONSTRAINT [fk_node_parent] FOREIGN KEY ([parent_id]) REFERENCES [dbo].[node] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
