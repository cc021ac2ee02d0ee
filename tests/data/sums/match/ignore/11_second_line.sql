
-- atlas:sum ignore
