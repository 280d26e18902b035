-- Three roles for one database, each with what it needs and no more:
--
--   holdfast_owner   owns the database and every table in it; runs `holdfast migrate`, and nothing else
--   holdfast_writer  what `holdfast serve`, `keys`, `import` and `proof` connect as
--   holdfast_reader  for reports; reads all but API keys and the secrets of webhooks
--
-- Run it as a superuser, before the first `holdfast migrate` and again after each:
--
--   psql -X -d postgres -f deploy/roles.sql               the database is holdfast; another: -v database=stock
--
-- The roles get no password here. Give each one with \password, or let pg_hba.conf ask for a certificate.
-- Running it again changes nothing that is as it should be. Roles belong to the whole server: two databases of Holdfast
-- on one server share them.

\set ON_ERROR_STOP on
\if :{?database}
\else
    \set database holdfast
\endif

select format('create role %I login', name)
from unnest(array['holdfast_owner', 'holdfast_writer', 'holdfast_reader']) as name
where not exists (select from pg_roles where rolname = name) \gexec

alter role holdfast_owner nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role holdfast_writer nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role holdfast_reader nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

select format('create database %I owner holdfast_owner encoding ''UTF8'' template template0', :'database')
where not exists (select from pg_database where datname = :'database') \gexec

\connect :"database"

begin;
alter database :"database" owner to holdfast_owner;
-- Neither temporary tables nor anybody else.
revoke all on database :"database" from public;
grant connect on database :"database" to holdfast_writer, holdfast_reader;
alter schema public owner to holdfast_owner;
revoke all on schema public from public;
grant usage on schema public to holdfast_writer, holdfast_reader;

-- From nothing again each time, so that what an older version granted does not stay.
revoke all on all tables in schema public from public, holdfast_writer, holdfast_reader;
revoke all on all sequences in schema public from public, holdfast_writer, holdfast_reader;

-- Partitions are left out: they are read and written through the ledger's table, by its grants.
select format('grant select, insert, update, delete on %s to holdfast_writer', oid::regclass)
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition \gexec

select format('grant select on %s to holdfast_reader', oid::regclass)
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
    and relname not in ('api_key', 'webhook_secret') \gexec

-- What is written once is written for ever, and the schema's own history is the owner's.
select format('revoke update, delete on %I from holdfast_writer', relname)
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    and (relname in ('movement', 'actor', 'audit_entry', 'export_day') or relname like '%\_history') \gexec
-- The change log ends with the feed that it is kept for, and is never changed.
select 'revoke update on commit_log from holdfast_writer' where to_regclass('public.commit_log') is not null \gexec
select 'revoke insert, update, delete on schema_migration from holdfast_writer'
where to_regclass('public.schema_migration') is not null \gexec

grant usage on all sequences in schema public to holdfast_writer;

-- The service makes the ledger's next months itself. This one function does it with the owner's rights; its search path
-- is fixed, so that nobody can put a table or function of theirs in the way.
select format(
    'alter function movement_partitions_ensure(int4) owner to holdfast_owner; '
    'alter function movement_partitions_ensure(int4) security definer set search_path = public, pg_temp; '
    'revoke all on function movement_partitions_ensure(int4) from public; '
    'grant execute on function movement_partitions_ensure(int4) to holdfast_writer')
where to_regprocedure('public.movement_partitions_ensure(int4)') is not null \gexec
commit;
