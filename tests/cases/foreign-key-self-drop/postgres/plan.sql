-- Modify "node" table
ALTER TABLE "public"."node" DROP CONSTRAINT "fk_node_parent";
