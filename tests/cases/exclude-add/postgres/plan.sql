-- Modify "booking" table
ALTER TABLE "public"."booking" ADD CONSTRAINT "no_overlap" EXCLUDE USING gist (during WITH &&);
