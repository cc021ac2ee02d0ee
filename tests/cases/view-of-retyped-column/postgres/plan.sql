-- Drop "user_emails" view
DROP VIEW "public"."user_emails";
-- Drop "user_list" view
DROP VIEW "public"."user_list";
-- Modify "users" table
ALTER TABLE "public"."users" ALTER COLUMN "email" TYPE character varying(200);
-- Create "user_list" view
CREATE VIEW "public"."user_list" AS
 SELECT users.id,
    users.email
   FROM public.users;
-- Create "user_emails" view
CREATE VIEW "public"."user_emails" AS
 SELECT user_list.email
   FROM public.user_list;
