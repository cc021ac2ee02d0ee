-- Drop "gone" trigger on table: "users"
DROP TRIGGER [dbo].[gone];
-- Drop "ids" view
DROP VIEW [dbo].[ids];
-- Create "new_users" table
CREATE TABLE [dbo].[new_users] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [email] varchar(80) NOT NULL
);
-- Keep the numbers of rows that are copied: on
SET IDENTITY_INSERT [dbo].[new_users] ON;
-- Copy rows from old table "users" to new temporary table "new_users"
INSERT INTO [dbo].[new_users] ([id], [email]) SELECT [id], [email] FROM [dbo].[users];
-- Keep the numbers of rows that are copied: off
SET IDENTITY_INSERT [dbo].[new_users] OFF;
-- Drop "users" table after copying rows
DROP TABLE [dbo].[users];
-- Rename temporary table "new_users" to "users"
EXEC sp_rename N'[dbo].[new_users]', N'users', N'OBJECT';
-- Modify "users" table
ALTER TABLE [dbo].[users] ADD CONSTRAINT [PK_users] PRIMARY KEY CLUSTERED ([id] ASC);
-- Modify "users" table
EXEC (N'CREATE TRIGGER [dbo].[users_touch] ON [dbo].[users] AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = LOWER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END');
-- Modify "users_touch" trigger on table: "users"
EXEC (N'CREATE OR ALTER TRIGGER [dbo].[users_touch] ON [dbo].[users] AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = UPPER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END');
-- Create "ids" view
EXEC (N'CREATE VIEW [dbo].[ids] WITH SCHEMABINDING AS SELECT id FROM dbo.users');
