-- Rename a constraint from "fk_old" to "fk_new"
EXEC sp_rename N'[dbo].[fk_old]', N'fk_new', N'OBJECT';
