-- Modify "t" table
ALTER TABLE "public"."t" DROP CONSTRAINT "ck_state", ADD CONSTRAINT "ck_state" CHECK (state = ANY (ARRAY['open'::text, 'shut'::text, 'unknown'::text])), ALTER COLUMN "state" SET DEFAULT 'unknown';
-- Fill "state" column of "t" table where it is NULL
UPDATE "public"."t" SET "state" = 'unknown' WHERE "state" IS NULL;
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "state" SET NOT NULL;
