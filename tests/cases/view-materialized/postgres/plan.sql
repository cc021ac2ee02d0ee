-- Create "user_counts" materialized view
CREATE MATERIALIZED VIEW "public"."user_counts" AS
 SELECT users.active,
    count(*) AS number
   FROM public.users
  GROUP BY users.active;
-- Modify "user_counts" materialized view
COMMENT ON MATERIALIZED VIEW "public"."user_counts" IS 'refreshed at night';
-- Create "user_counts_active" index on table: "user_counts"
CREATE UNIQUE INDEX user_counts_active ON public.user_counts USING btree (active);
