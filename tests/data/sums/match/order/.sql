SELECT '.sql';
