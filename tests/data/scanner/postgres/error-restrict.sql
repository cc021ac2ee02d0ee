-- written by a dump tool
\restrict abc
SELECT 1;
