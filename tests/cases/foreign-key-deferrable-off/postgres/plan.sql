-- Modify "member" table
ALTER TABLE "public"."member" ALTER CONSTRAINT "fk_member_team" NOT DEFERRABLE;
