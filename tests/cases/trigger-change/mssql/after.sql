CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(200) NOT NULL, PRIMARY KEY (id));
GO
CREATE TRIGGER users_touch ON users AFTER INSERT, UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE u SET email = UPPER(u.email) -- users; always
    FROM users AS u JOIN inserted AS i ON i.id = u.id;
END;
