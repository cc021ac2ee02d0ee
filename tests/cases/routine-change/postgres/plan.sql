-- Drop "halves" view
DROP VIEW "public"."halves";
-- Drop "half(integer)" function
DROP FUNCTION "public"."half"(integer);
-- Create "half(integer)" function
CREATE OR REPLACE FUNCTION public.half(a integer)
 RETURNS numeric
 LANGUAGE sql
AS $function$SELECT a / 2.0$function$;
-- Modify "twice(integer)" function
CREATE OR REPLACE FUNCTION public.twice(a integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT a + a$function$;
-- Create "halves" view
CREATE VIEW "public"."halves" AS
 SELECT public.half(users.id) AS half
   FROM public.users;
