-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_in] CHECK (name IN ('one', 'two') OR qty IS NULL);
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_percent] CHECK (name LIKE '%o%' AND qty % 5 = 0);
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_quotes] CHECK (name <> 'it''s (a) CHECK');
