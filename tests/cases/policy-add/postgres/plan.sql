-- Modify "users" table
ALTER TABLE "public"."users" ENABLE ROW LEVEL SECURITY;
-- Create "own_row" row security policy on table: "users"
CREATE POLICY own_row ON public.users FOR SELECT USING (((email)::text = CURRENT_USER));
