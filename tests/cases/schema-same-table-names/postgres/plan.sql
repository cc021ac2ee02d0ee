-- Modify "event" table
ALTER TABLE "one"."event" ALTER COLUMN "kind" TYPE character varying(20);
