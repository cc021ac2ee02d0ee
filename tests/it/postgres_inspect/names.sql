-- Names that have to be quoted wherever the server prints them.
CREATE SCHEMA "We""ird Schema";
COMMENT ON SCHEMA "We""ird Schema" IS 'it''s 100% "odd"';
CREATE TABLE "We""ird Schema"."T (x)" (
  "Id" serial PRIMARY KEY, "é ü" text DEFAULT '%s', "select" integer REFERENCES "We""ird Schema"."T (x)",
  "a""b" integer, " " integer, "日本" text,
  CONSTRAINT "C %" CHECK ("é ü" <> '%'), CONSTRAINT "U ""1" UNIQUE ("a""b") INCLUDE ("select"),
  CONSTRAINT "F" FOREIGN KEY ("a""b") REFERENCES "We""ird Schema"."T (x)" ON DELETE SET NULL ("a""b")
);
CREATE INDEX "I ""1%" ON "We""ird Schema"."T (x)" ("é ü" DESC, lower("é ü"), "日本") INCLUDE (" ");
COMMENT ON TABLE "We""ird Schema"."T (x)" IS E'two\nlines and a \\';
COMMENT ON COLUMN "We""ird Schema"."T (x)"."é ü" IS '100%';
CREATE TABLE "We""ird Schema"."Took after it" () INHERITS ("We""ird Schema"."T (x)");
CREATE SEQUENCE "We""ird Schema"."S";
