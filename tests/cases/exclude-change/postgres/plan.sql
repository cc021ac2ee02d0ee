-- Modify "booking" table
ALTER TABLE "public"."booking" DROP CONSTRAINT "no_overlap", ADD CONSTRAINT "no_overlap" EXCLUDE USING gist (during WITH &&) WHERE ((id > 10));
