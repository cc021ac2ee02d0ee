-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "team_id" integer NULL, ADD CONSTRAINT "fk_item_team" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE SET NULL;
