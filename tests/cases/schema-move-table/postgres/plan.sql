-- Create "event" table
CREATE TABLE "new"."event" (
  "id" serial NOT NULL,
  "kind" character varying(10) NULL,
  PRIMARY KEY ("id")
);
-- Drop "event" table
DROP TABLE "old"."event";
