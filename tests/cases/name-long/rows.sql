INSERT INTO a_rather_long_table_name_that_uses_all_of_the_sixty_three_bytes (id) VALUES (1);
