CREATE TYPE [phone] FROM VARCHAR(20) NOT NULL;
CREATE TABLE [users] ([id] INTEGER NOT NULL, [number] [phone] NOT NULL, [other] [dbo].[phone] NULL, CONSTRAINT [pk_users] PRIMARY KEY ([id]));
