-- Create "touch()" function
CREATE OR REPLACE FUNCTION public.touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.email := lower(NEW.email); -- users; always
  RETURN NEW;
END
$function$;
-- Create "users_touch" trigger on table: "users"
CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE OF email ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();
-- Modify "users_touch" trigger on table: "users"
COMMENT ON TRIGGER users_touch ON public.users IS 'in lower case';
