-- Drop "active_emails" view
DROP VIEW `active_emails`;
-- Drop "active_users" view
DROP VIEW `active_users`;
