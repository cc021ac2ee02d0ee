-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "ck_item_kind", ADD CONSTRAINT "ck_item_kind" CHECK ((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text, ('c'::character varying)::text]));
