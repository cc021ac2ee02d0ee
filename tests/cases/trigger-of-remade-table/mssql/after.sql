CREATE TABLE users (id INTEGER NOT NULL IDENTITY, email VARCHAR(80) NOT NULL, PRIMARY KEY (id));
GO
CREATE VIEW ids WITH SCHEMABINDING AS SELECT id FROM dbo.users;
GO
CREATE TRIGGER users_touch ON users AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = UPPER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END;
