-- Modify "member" table
ALTER TABLE [dbo].[member] DROP CONSTRAINT [fk_member_team];
-- Modify "member" table
ALTER TABLE [dbo].[member] ALTER COLUMN [team_id] bigint NOT NULL;
-- Modify "team" table
BEGIN
  DECLARE @drop_7944b304 nvarchar(MAX) = N'ALTER TABLE [dbo].[team] DROP CONSTRAINT ' + QUOTENAME((SELECT [name] FROM sys.key_constraints WHERE [type] = 'PK' AND [parent_object_id] = OBJECT_ID(N'[dbo].[team]')));
  EXEC (@drop_7944b304);
END;
-- Modify "team" table
ALTER TABLE [dbo].[team] ALTER COLUMN [id] bigint NOT NULL;
-- Modify "team" table
ALTER TABLE [dbo].[team] ADD CONSTRAINT [PK_team] PRIMARY KEY CLUSTERED ([id] ASC);
-- Modify "member" table
ALTER TABLE [dbo].[member] ADD CONSTRAINT [fk_member_team] FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE;
