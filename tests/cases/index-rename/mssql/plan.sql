-- Rename an index from "ix_old" to "ix_new"
EXEC sp_rename N'[dbo].[item].[ix_old]', N'ix_new', N'INDEX';
