-- Drop "active_users" view
DROP VIEW `active_users`;
-- Create "active_users" view
CREATE VIEW active_users AS SELECT email, id AS user_id FROM users WHERE active OR email = 'a''b';
