-- With it go all jobs, those that wait included.
DROP SCHEMA tandem_jobs CASCADE;
