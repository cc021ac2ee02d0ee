-- Create "member" table
CREATE TABLE [dbo].[member] (
  [id] int IDENTITY (1, 1) NOT NULL,
  [team_id] int NOT NULL,
  [email] varchar(120) NOT NULL,
  [score] int NOT NULL DEFAULT 0,
  CONSTRAINT [PK_member] PRIMARY KEY CLUSTERED ([id] ASC),
  CONSTRAINT [uq_member_email] UNIQUE NONCLUSTERED ([email] ASC),
  FOREIGN KEY ([team_id]) REFERENCES [dbo].[team] ([id]) ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT [ck_member_score] CHECK (score >= 0)
);
-- Create index "ix_member_team_id" to table: "member"
CREATE NONCLUSTERED INDEX [ix_member_team_id] ON [dbo].[member] ([team_id] ASC);
