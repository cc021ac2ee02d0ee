-- Create "active_count(date, integer)" function
CREATE OR REPLACE FUNCTION public.active_count(at date, limits integer DEFAULT 10)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$SELECT count(*) FROM users WHERE id > limits$function$;
-- Modify "active_count(date, integer)" function
COMMENT ON FUNCTION public.active_count(at date, limits integer) IS 'it''s; approximate';
-- Create "clean(integer)" procedure
CREATE OR REPLACE PROCEDURE public.clean(IN before_id integer)
 LANGUAGE sql
BEGIN ATOMIC
 DELETE FROM public.users
   WHERE (users.id < clean.before_id);
 SELECT 1;
END;
