create table item (id integer not null primary key, a text, b integer);

create index ix_item_a on item (a desc) where b > 2;
