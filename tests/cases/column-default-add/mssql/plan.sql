-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT '5' FOR [qty];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT 'plain' FOR [kind];
