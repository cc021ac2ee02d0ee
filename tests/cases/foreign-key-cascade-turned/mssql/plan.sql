-- Modify "cat" table
ALTER TABLE [dbo].[cat] DROP CONSTRAINT [cat_bee];
-- Modify "elk" table
ALTER TABLE [dbo].[elk] DROP CONSTRAINT [elk_cat];
-- Modify "bee" table
ALTER TABLE [dbo].[bee] ADD [cat_id] int NULL;
-- Modify "bee" table
ALTER TABLE [dbo].[bee] ADD CONSTRAINT [bee_cat] FOREIGN KEY ([cat_id]) REFERENCES [dbo].[cat] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "elk" table
ALTER TABLE [dbo].[elk] ADD CONSTRAINT [elk_bee] FOREIGN KEY ([bee_id]) REFERENCES [dbo].[bee] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE;
-- Create "ant" table
CREATE TABLE [dbo].[ant] (
  [id] int NOT NULL,
  [cat_id] int NULL,
  CONSTRAINT [PK_ant] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([cat_id]) REFERENCES [dbo].[cat] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE
);
-- Modify "elk" table
ALTER TABLE [dbo].[elk] ADD CONSTRAINT [elk_cat] FOREIGN KEY ([cat_id]) REFERENCES [dbo].[cat] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
