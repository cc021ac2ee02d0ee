CREATE TYPE [key_of_user] FROM INTEGER NOT NULL;
CREATE TABLE [users] ([id] [key_of_user] NOT NULL, [name] NVARCHAR(50) NULL, CONSTRAINT [pk_users] PRIMARY KEY ([id]), CONSTRAINT [ck_id] CHECK ([id] > 0));
CREATE TABLE [notes] ([id] INTEGER NOT NULL, [user_id] [key_of_user] NULL CONSTRAINT [df_user] DEFAULT 1, CONSTRAINT [pk_notes] PRIMARY KEY ([id]), CONSTRAINT [fk_user] FOREIGN KEY ([user_id]) REFERENCES [users] ([id]));
CREATE INDEX [ix_user] ON [notes] ([user_id]);
