-- Drop "users_touch" trigger on table: "users"
DROP TRIGGER [dbo].[users_touch];
-- Drop "logs" table
DROP TABLE [dbo].[logs];
