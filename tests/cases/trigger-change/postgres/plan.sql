-- Drop "users_touch" trigger on table: "users"
DROP TRIGGER "users_touch" ON "public"."users";
-- Drop "gone" trigger on table: "users"
DROP TRIGGER "gone" ON "public"."users";
-- Modify "users" table
ALTER TABLE "public"."users" ALTER COLUMN "email" TYPE text;
-- Modify "touch()" function
CREATE OR REPLACE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.email := upper(NEW.email); -- users; always
  RETURN NEW;
END
$function$;
-- Create "users_touch" trigger on table: "users"
CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE OF email ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();
-- Modify "users_touch" trigger on table: "users"
ALTER TABLE public.users DISABLE TRIGGER users_touch;
