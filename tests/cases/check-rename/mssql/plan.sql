-- Rename a constraint from "ck_old" to "ck_new"
EXEC sp_rename N'[dbo].[ck_old]', N'ck_new', N'OBJECT';
