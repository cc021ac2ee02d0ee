-- Create index "ix_item_coalesce" to table: "item"
CREATE UNIQUE INDEX "ix_item_coalesce" ON "public"."item" ((COALESCE(a, ''::character varying)));
-- Create index "ix_item_lower" to table: "item"
CREATE INDEX "ix_item_lower" ON "public"."item" ((lower((a)::text)));
-- Create index "ix_item_sum" to table: "item"
CREATE INDEX "ix_item_sum" ON "public"."item" ((b + c), "a");
