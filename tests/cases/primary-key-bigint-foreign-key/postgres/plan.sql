-- Modify "member" table
ALTER TABLE "public"."member" ALTER COLUMN "team_id" TYPE bigint;
-- Modify sequence of serial column "id"
ALTER SEQUENCE "public"."team_id_seq" AS bigint;
-- Modify "team" table
ALTER TABLE "public"."team" ALTER COLUMN "id" TYPE bigint;
