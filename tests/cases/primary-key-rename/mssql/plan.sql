-- Rename a constraint from "slot_key" to "pk_slot"
EXEC sp_rename N'[dbo].[slot_key]', N'pk_slot', N'OBJECT';
