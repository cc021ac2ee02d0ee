-- Modify "booking" table
ALTER TABLE [dbo].[booking] ADD CONSTRAINT [fk_booking_room] FOREIGN KEY ([house], [number]) REFERENCES [dbo].[room] ([house], [number]) ON UPDATE NO ACTION ON DELETE NO ACTION;
