-- Drop "gone" trigger on table: "users"
DROP TRIGGER [dbo].[gone];
-- Modify "users" table
ALTER TABLE [dbo].[users] ALTER COLUMN [email] varchar(200) NOT NULL;
-- Modify "users_touch" trigger on table: "users"
EXEC (N'CREATE OR ALTER TRIGGER [dbo].[users_touch] ON [dbo].[users] AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = UPPER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END');
