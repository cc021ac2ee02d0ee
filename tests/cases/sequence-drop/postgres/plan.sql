-- Drop sequence "order_no"
DROP SEQUENCE "public"."order_no";
