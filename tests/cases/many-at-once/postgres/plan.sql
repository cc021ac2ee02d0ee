-- Fill "joined" column of "customer" table where it is NULL
UPDATE "public"."customer" SET "joined" = '2000-01-01' WHERE "joined" IS NULL;
-- Modify "customer" table
ALTER TABLE "public"."customer" DROP CONSTRAINT "uq_customer_name", ALTER COLUMN "name" TYPE character varying(80), DROP COLUMN "fax", ALTER COLUMN "joined" SET NOT NULL, ALTER COLUMN "joined" SET DEFAULT '2000-01-01', ADD COLUMN "email" character varying(120) NOT NULL DEFAULT '';
-- Create index "ix_customer_email" to table: "customer"
CREATE INDEX "ix_customer_email" ON "public"."customer" ("email");
-- Modify "invoice" table
ALTER TABLE "public"."invoice" DROP CONSTRAINT "fk_invoice_customer", DROP CONSTRAINT "ck_invoice_total", ADD CONSTRAINT "ck_invoice_total" CHECK (total > ('-1'::integer)::numeric), ALTER COLUMN "customer_id" SET NOT NULL, ALTER COLUMN "total" TYPE numeric(12,2), DROP COLUMN "state", ADD COLUMN "paid" boolean NOT NULL DEFAULT false, ADD CONSTRAINT "fk_invoice_customer" FOREIGN KEY ("customer_id") REFERENCES "public"."customer" ("id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Create index "ix_invoice_customer_id" to table: "invoice"
CREATE INDEX "ix_invoice_customer_id" ON "public"."invoice" ("customer_id");
-- Create "line" table
CREATE TABLE "public"."line" (
  "id" serial NOT NULL,
  "invoice_id" integer NOT NULL,
  "text" text NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "fk_line_invoice" FOREIGN KEY ("invoice_id") REFERENCES "public"."invoice" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION
);
-- Drop "fax_log" table
DROP TABLE "public"."fax_log";
