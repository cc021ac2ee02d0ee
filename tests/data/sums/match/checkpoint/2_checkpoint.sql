-- atlas:checkpoint v1

CREATE TABLE a (id int);
