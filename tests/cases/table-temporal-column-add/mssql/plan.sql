-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [email] nvarchar(100) NULL, [age] int NOT NULL CONSTRAINT [df_age] DEFAULT 0;
