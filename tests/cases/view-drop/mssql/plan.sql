-- Drop "active_emails" view
DROP VIEW [dbo].[active_emails];
-- Drop "active_users" view
DROP VIEW [dbo].[active_users];
