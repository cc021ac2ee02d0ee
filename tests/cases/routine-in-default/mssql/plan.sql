-- Create "fresh_code" function
EXEC (N'CREATE FUNCTION [dbo].[fresh_code]() RETURNS VARCHAR(9) AS BEGIN RETURN (SELECT CAST(COUNT(*) AS VARCHAR(9)) FROM codes); END');
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [code] varchar(9) NULL DEFAULT (dbo.fresh_code());
-- Create "codes" table
CREATE TABLE [dbo].[codes] (
  [id] int NOT NULL,
  [code] varchar(9) NOT NULL DEFAULT (dbo.fresh_code()),
  CONSTRAINT [PK_codes] PRIMARY KEY CLUSTERED ([id] ASC)
);
