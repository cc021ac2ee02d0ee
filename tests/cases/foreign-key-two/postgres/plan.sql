-- Modify "member" table
ALTER TABLE "public"."member" ADD CONSTRAINT "fk_b" FOREIGN KEY ("team_id") REFERENCES "public"."club" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
