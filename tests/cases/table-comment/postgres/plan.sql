-- Set comment to table: "changes"
COMMENT ON TABLE "public"."changes" IS 'new
words';
-- Set comment to table: "gains"
COMMENT ON TABLE "public"."gains" IS E'It''s 100% new: "quoted" \\ done';
-- Set comment to table: "loses"
COMMENT ON TABLE "public"."loses" IS '';
