-- Drop "user_list" view
DROP VIEW "public"."user_list";
-- Modify "users" table
ALTER TABLE "public"."users" ADD COLUMN "active" boolean NOT NULL DEFAULT false;
-- Create "teams" table
CREATE TABLE "public"."teams" (
  "id" integer NOT NULL,
  "leader" integer NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "teams_leader_fkey" FOREIGN KEY ("leader") REFERENCES "public"."users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Create "user_list" view
CREATE VIEW "public"."user_list" AS
 SELECT users.id,
    users.active,
    teams.id AS team
   FROM (public.users
     JOIN public.teams ON ((teams.leader = users.id)));
