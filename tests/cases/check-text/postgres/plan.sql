-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "ck_in" CHECK (((name)::text = ANY (ARRAY[('one'::character varying)::text, ('two'::character varying)::text])) OR (qty IS NULL)), ADD CONSTRAINT "ck_percent" CHECK (((name)::text ~~ '%o%'::text) AND ((qty % 5) = 0)), ADD CONSTRAINT "ck_quotes" CHECK ((name)::text <> 'it''s (a) CHECK'::text);
