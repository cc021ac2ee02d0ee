-- Rename a constraint from "two" to "trueup_name_1"
ALTER TABLE "public"."team" RENAME CONSTRAINT "two" TO "trueup_name_1";
-- Rename a constraint from "one" to "two"
ALTER TABLE "public"."club" RENAME CONSTRAINT "one" TO "two";
-- Rename a constraint from "three" to "one"
ALTER TABLE "public"."town" RENAME CONSTRAINT "three" TO "one";
-- Modify "town" table
ALTER TABLE "public"."town" DROP CONSTRAINT "four";
-- Rename a constraint from "trueup_name_1" to "three"
ALTER TABLE "public"."team" RENAME CONSTRAINT "trueup_name_1" TO "three";
