-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "created" timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP;
