-- Modify "users" table
ALTER TABLE "public"."users" ADD COLUMN "nick" character varying(20) NULL;
-- Modify "user_list" view
CREATE OR REPLACE VIEW "public"."user_list" AS
 SELECT users.id,
    users.email,
    users.nick
   FROM public.users
  WHERE (users.id > 1);
