-- Add value to enum type: "hue"
ALTER TYPE "public"."hue" ADD VALUE 'b';
