-- Set comment to constraint: "ck_item_id" on table: "item"
COMMENT ON CONSTRAINT "ck_item_id" ON "public"."item" IS 'never zero';
