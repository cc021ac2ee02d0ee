-- Set comment to column: "gains" on table: "item"
COMMENT ON COLUMN "public"."item"."gains" IS E'It''s 100%: "new" \\
 second line';
-- Set comment to column: "changes" on table: "item"
COMMENT ON COLUMN "public"."item"."changes" IS 'new';
-- Set comment to column: "loses" on table: "item"
COMMENT ON COLUMN "public"."item"."loses" IS '';
