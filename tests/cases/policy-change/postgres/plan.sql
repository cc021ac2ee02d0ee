-- Drop "ids" row security policy on table: "users"
DROP POLICY "ids" ON "public"."users";
-- Drop "own_row" row security policy on table: "users"
DROP POLICY "own_row" ON "public"."users";
-- Modify "users" table
ALTER TABLE "public"."users" ALTER COLUMN "email" TYPE text;
-- Create "ids" row security policy on table: "users"
CREATE POLICY ids ON public.users USING ((id > 1)) WITH CHECK ((id > 2));
-- Create "own_row" row security policy on table: "users"
CREATE POLICY own_row ON public.users FOR SELECT USING ((email = CURRENT_USER));
