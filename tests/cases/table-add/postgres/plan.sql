-- Create "member" table
CREATE TABLE "public"."member" (
  "id" serial NOT NULL,
  "team_id" integer NOT NULL,
  "email" character varying(120) NOT NULL,
  "score" integer NOT NULL DEFAULT 0,
  PRIMARY KEY ("id"),
  CONSTRAINT "uq_member_email" UNIQUE ("email"),
  CONSTRAINT "member_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "public"."team" ("id") ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT "ck_member_score" CHECK (score >= 0)
);
-- Create index "ix_member_team_id" to table: "member"
CREATE INDEX "ix_member_team_id" ON "public"."member" ("team_id");
