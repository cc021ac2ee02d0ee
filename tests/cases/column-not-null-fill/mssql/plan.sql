-- Fill "a" column of "item" table where it is NULL
UPDATE [dbo].[item] SET [a] = 'x' WHERE [a] IS NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] varchar(9) NOT NULL;
-- Fill "b" column of "item" table where it is NULL
UPDATE [dbo].[item] SET [b] = 3 WHERE [b] IS NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] int NOT NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD DEFAULT 'x' FOR [a];
