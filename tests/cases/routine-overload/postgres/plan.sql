-- Drop "norm(integer, integer)" function
DROP FUNCTION "public"."norm"(integer, integer);
-- Create "norm(integer, integer)" function
CREATE OR REPLACE FUNCTION public.norm(a integer, b integer)
 RETURNS bigint
 LANGUAGE sql
AS $function$SELECT a::bigint$function$;
-- Modify "norm(text)" function
CREATE OR REPLACE FUNCTION public.norm(a text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT upper(a)$function$;
-- Drop "f(integer)" function
DROP FUNCTION "public"."f"(integer);
-- Create "f(bigint)" function
CREATE OR REPLACE FUNCTION public.f(x bigint)
 RETURNS text
 LANGUAGE sql
AS $function$SELECT 'new'$function$;
