-- Rename a constraint from "uq_old" to "uq_new"
EXEC sp_rename N'[dbo].[uq_old]', N'uq_new', N'OBJECT';
