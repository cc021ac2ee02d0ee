-- Create "b" table
CREATE TABLE [dbo].[b] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [a_id] int NULL,
  CONSTRAINT [PK_b] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([a_id]) REFERENCES [dbo].[a] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "c" table
CREATE TABLE [dbo].[c] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [b_id] int NULL,
  CONSTRAINT [PK_c] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([b_id]) REFERENCES [dbo].[b] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "aa" table
CREATE TABLE [dbo].[aa] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [c_id] int NULL,
  CONSTRAINT [PK_aa] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([c_id]) REFERENCES [dbo].[c] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
