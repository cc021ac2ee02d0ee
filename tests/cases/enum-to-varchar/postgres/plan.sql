-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" TYPE character varying(20), ALTER COLUMN "state" SET DEFAULT 'new';
-- Drop enum type "status"
DROP TYPE "public"."status";
