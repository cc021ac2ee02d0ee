CREATE TABLE t_1_a (id int);
