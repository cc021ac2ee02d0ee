-- Drop "active_users" view
DROP VIEW "public"."active_users";
-- Create "active_users" view
CREATE VIEW "public"."active_users" AS
 SELECT users.email,
    users.id AS user_id
   FROM public.users
  WHERE (users.active OR ((users.email)::text = 'a''b'::text));
