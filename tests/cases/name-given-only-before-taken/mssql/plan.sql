-- Modify "shelf" table
ALTER TABLE [dbo].[shelf] DROP CONSTRAINT [s2];
-- Modify "shelf" table
ALTER TABLE [dbo].[shelf] DROP CONSTRAINT [s1];
-- Modify "shelf" table
ALTER TABLE [dbo].[shelf] ADD DEFAULT 'a' FOR [code];
-- Modify "shelf" table
ALTER TABLE [dbo].[shelf] ADD UNIQUE NONCLUSTERED ([code] ASC);
-- Create "s2" sequence
CREATE SEQUENCE [dbo].[s2] AS bigint START WITH 1 INCREMENT BY 1;
-- Modify "crate" table
ALTER TABLE [dbo].[crate] DROP CONSTRAINT [n4];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] DROP CONSTRAINT [n1];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] DROP CONSTRAINT [N2];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] DROP CONSTRAINT [n3];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] DROP CONSTRAINT [n5];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] ADD DEFAULT 1 FOR [qty];
-- Modify "crate" table
ALTER TABLE [dbo].[crate] ADD CONSTRAINT [PK_crate] PRIMARY KEY CLUSTERED ([id] ASC);
-- Modify "crate" table
ALTER TABLE [dbo].[crate] ADD UNIQUE NONCLUSTERED ([code] ASC);
-- Modify "crate" table
ALTER TABLE [dbo].[crate] ADD CHECK (qty > 0);
-- Modify "crate" table
ALTER TABLE [dbo].[crate] ADD FOREIGN KEY ([crate_id]) REFERENCES [dbo].[crate] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION;
-- Create "box" table
CREATE TABLE [dbo].[box] (
  [id] int NOT NULL,
  [code] varchar(10) NULL,
  [qty] int NULL CONSTRAINT [n5] DEFAULT 1,
  [box_id] int NULL,
  CONSTRAINT [n1] PRIMARY KEY CLUSTERED ([id] ASC),
  CONSTRAINT [n2] UNIQUE NONCLUSTERED ([code] ASC),
  CONSTRAINT [n4] FOREIGN KEY ([box_id]) REFERENCES [dbo].[box] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION,
  CONSTRAINT [n3] CHECK (qty > 0)
);
-- Create "s1" table
CREATE TABLE [dbo].[s1] (
  [id] int NOT NULL,
  CONSTRAINT [PK_s1] PRIMARY KEY CLUSTERED ([id] ASC)
);
