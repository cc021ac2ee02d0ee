-- Modify "node" table
ALTER TABLE "public"."node" ADD CONSTRAINT "fk_node_parent" FOREIGN KEY ("parent_id") REFERENCES "public"."node" ("id") ON UPDATE NO ACTION ON DELETE CASCADE;
