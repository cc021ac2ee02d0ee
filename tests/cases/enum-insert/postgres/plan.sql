-- Add value to enum type: "status"
ALTER TYPE "public"."status" ADD VALUE 'first' BEFORE 'new';
-- Add value to enum type: "status"
ALTER TYPE "public"."status" ADD VALUE 'it''s' AFTER 'new';
-- Add value to enum type: "status"
ALTER TYPE "public"."status" ADD VALUE 'last';
