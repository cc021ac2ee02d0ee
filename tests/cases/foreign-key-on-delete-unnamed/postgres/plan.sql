-- Modify "member" table
ALTER TABLE "public"."member" DROP CONSTRAINT "member_team_id_fkey", ADD CONSTRAINT "member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE SET NULL;
