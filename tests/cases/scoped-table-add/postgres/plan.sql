-- Create enum type "role"
CREATE TYPE "role" AS ENUM ('lead', 'other');
-- Create "team" table
CREATE TABLE "team" (
  "id" serial NOT NULL,
  PRIMARY KEY ("id")
);
-- Set comment to table: "team"
COMMENT ON TABLE "team" IS 'teams';
-- Create "member" table
CREATE TABLE "member" (
  "id" serial NOT NULL,
  "team_id" integer NULL,
  "role" "role" NULL DEFAULT 'other',
  PRIMARY KEY ("id"),
  CONSTRAINT "member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create index "ix_member_team_id" to table: "member"
CREATE INDEX "ix_member_team_id" ON "member" ("team_id");
