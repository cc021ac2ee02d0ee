-- Drop "active_emails" view
DROP VIEW "public"."active_emails";
-- Drop "active_users" view
DROP VIEW "public"."active_users";
