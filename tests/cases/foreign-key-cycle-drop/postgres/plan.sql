-- Modify "person" table
ALTER TABLE "public"."person" DROP CONSTRAINT "fk_person_team";
-- Drop "team" table
DROP TABLE "public"."team";
-- Drop "person" table
DROP TABLE "public"."person";
