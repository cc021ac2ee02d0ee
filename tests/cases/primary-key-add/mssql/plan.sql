-- Modify "slot" table
ALTER TABLE [dbo].[slot] ADD CONSTRAINT [PK_slot] PRIMARY KEY CLUSTERED ([day] ASC, [room] ASC);
