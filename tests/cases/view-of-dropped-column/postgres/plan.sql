-- Drop "user_list" view
DROP VIEW "public"."user_list";
-- Modify "users" table
ALTER TABLE "public"."users" DROP COLUMN "active";
-- Create "user_list" view
CREATE VIEW "public"."user_list" AS
 SELECT users.id,
    users.email
   FROM public.users;
