CREATE TABLE t_3_c (id int);
