-- Rename an enum from "role" to "role_old"
ALTER TYPE "role" RENAME TO "role_old";
-- Create enum type "role"
CREATE TYPE "role" AS ENUM ('lead');
-- Modify "member" table
ALTER TABLE "member" ALTER COLUMN "role" DROP DEFAULT, ALTER COLUMN "role" TYPE "role" USING "role"::text::"role", ALTER COLUMN "role" SET DEFAULT 'lead';
-- Drop enum type "role_old"
DROP TYPE "role_old";
-- Drop index "ix_member_team_id" from table: "member"
DROP INDEX "ix_member_team_id";
-- Modify "member" table
ALTER TABLE "member" DROP CONSTRAINT "member_team_id_fkey", ALTER COLUMN "team_id" TYPE bigint;
-- Create index "ix_member_role" to table: "member"
CREATE INDEX "ix_member_role" ON "member" ("role");
-- Modify "team" table
ALTER TABLE "team" ADD COLUMN "name" text NULL;
-- Set comment to column: "name" on table: "team"
COMMENT ON COLUMN "team"."name" IS 'shown';
-- Set comment to table: "team"
COMMENT ON TABLE "team" IS '';
