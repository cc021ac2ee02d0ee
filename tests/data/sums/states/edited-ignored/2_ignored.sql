-- atlas:sum ignore
SELECT 1;
x
