-- Create index "ix_doc_body" to table: "doc"
CREATE INDEX "ix_doc_body" ON "public"."doc" USING gin ("body" jsonb_path_ops);
-- Create index "ix_doc_brin" to table: "doc"
CREATE INDEX "ix_doc_brin" ON "public"."doc" USING brin ("id") WITH (pages_per_range=32);
-- Create index "ix_doc_tags" to table: "doc"
CREATE INDEX "ix_doc_tags" ON "public"."doc" USING gin ("tags");
