-- Modify "member" table
ALTER TABLE "public"."member" DROP CONSTRAINT "fk_member", ADD CONSTRAINT "fk_member" FOREIGN KEY ("team_id") REFERENCES "public"."club" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
