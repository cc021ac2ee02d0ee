CREATE TABLE a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes (
    id INTEGER NOT NULL,
    a_rather_long_column_name_that_is_also_quite_long_to_read INTEGER,
    PRIMARY KEY (id)
);
