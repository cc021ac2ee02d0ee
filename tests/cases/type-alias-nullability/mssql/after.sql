CREATE TYPE [phone] FROM VARCHAR(20);
CREATE TABLE [users] ([id] INTEGER NOT NULL, [number] [phone] NOT NULL, CONSTRAINT [pk_users] PRIMARY KEY ([id]));
