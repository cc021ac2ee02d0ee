-- Create "node" table
CREATE TABLE "public"."node" (
  "id" serial NOT NULL,
  "parent_id" integer NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "fk_node_parent" FOREIGN KEY ("parent_id") REFERENCES "public"."node" ("id") ON UPDATE NO ACTION ON DELETE CASCADE
);
