-- Modify "member" table
ALTER TABLE "public"."member" DROP CONSTRAINT "fk_member_team";
