/* atlas:sum ignore */
