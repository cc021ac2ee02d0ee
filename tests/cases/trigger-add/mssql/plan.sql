-- Create "users_touch" trigger on table: "users"
EXEC (N'CREATE TRIGGER [dbo].[users_touch] ON [dbo].[users] AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = LOWER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END');
