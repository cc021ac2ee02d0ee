-- Create "user_account" table
CREATE TABLE [dbo].[user_account] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [name] varchar(30) NOT NULL,
  [fullname] varchar(30) NULL,
  CONSTRAINT [PK_user_account] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Create "address" table
CREATE TABLE [dbo].[address] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [email_address] varchar(30) NOT NULL,
  [user_id] int NOT NULL,
  CONSTRAINT [PK_address] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([user_id]) REFERENCES [dbo].[user_account] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
