-- Modify "users" table
ALTER TABLE [dbo].[users] ADD [active] bit NOT NULL DEFAULT 0;
-- Create "teams" table
CREATE TABLE [dbo].[teams] (
  [id] int NOT NULL,
  [leader] int NOT NULL,
  CONSTRAINT [PK_teams] PRIMARY KEY CLUSTERED ([id] ASC),
  FOREIGN KEY ([leader]) REFERENCES [dbo].[users] ([id]) ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Modify "user_list" view
EXEC (N'CREATE OR ALTER VIEW [dbo].[user_list] AS SELECT users.id, users.active, teams.id AS team FROM users JOIN teams ON teams.leader = users.id');
