-- Create "event" table
CREATE TABLE [new].[event] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [kind] varchar(10) NULL,
  CONSTRAINT [PK_event] PRIMARY KEY CLUSTERED ([id] ASC)
);
-- Drop "event" table
DROP TABLE [old].[event];
