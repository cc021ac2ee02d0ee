-- Drop "user_counts_active" index on table: "user_counts"
DROP INDEX "public"."user_counts_active";
-- Drop "counts" view
DROP VIEW "public"."counts";
-- Drop "user_counts" materialized view
DROP MATERIALIZED VIEW "public"."user_counts";
-- Create "user_counts" materialized view
CREATE MATERIALIZED VIEW "public"."user_counts" AS
 SELECT users.active,
    count(*) AS number
   FROM public.users
  WHERE (users.id > 0)
  GROUP BY users.active;
-- Create "user_counts_active" index on table: "user_counts"
CREATE UNIQUE INDEX user_counts_active ON public.user_counts USING btree (active);
-- Create "counts" view
CREATE VIEW "public"."counts" AS
 SELECT user_counts.number
   FROM public.user_counts;
