-- Create "article" table
CREATE TABLE "public"."article" (
  "id" serial NOT NULL,
  "title" character varying(80) NOT NULL,
  PRIMARY KEY ("id")
);
-- Create index "ix_article_title" to table: "article"
CREATE INDEX "ix_article_title" ON "public"."article" ("title");
-- Drop "item" table
DROP TABLE "public"."item";
