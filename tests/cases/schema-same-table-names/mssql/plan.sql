-- Modify "event" table
ALTER TABLE [one].[event] ALTER COLUMN [kind] varchar(20) NULL;
