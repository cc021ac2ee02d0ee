CREATE TABLE t_2_b (id int);
