-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "ck_item_both", DROP CONSTRAINT "ck_item_team", DROP COLUMN "team_id";
