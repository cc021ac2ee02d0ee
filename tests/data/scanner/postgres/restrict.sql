-- written by a dump tool

\restrict abc

SELECT 1;

-- end
\unrestrict abc
