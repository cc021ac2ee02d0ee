-- Set comment to index: "ix_item_name" on table: "item"
COMMENT ON INDEX "public"."ix_item_name" IS 'for the search box';
