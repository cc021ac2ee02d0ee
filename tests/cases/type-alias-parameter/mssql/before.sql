CREATE TYPE [phone] FROM VARCHAR(20) NOT NULL
GO
CREATE TABLE [users] ([id] INTEGER NOT NULL, [number] [phone] NOT NULL, CONSTRAINT [pk_users] PRIMARY KEY ([id]))
GO
CREATE PROCEDURE [find_user] @number [dbo].[phone] AS SELECT [id] FROM [users] WHERE [number] = @number
GO
