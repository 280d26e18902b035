-- What programs that follow row changes, such as Debezium, may follow: the ledger in the order of its commits, and what
-- gives its numbers names. docs/change-data-capture.md says how.
--
--   psql -X -d holdfast -v ON_ERROR_STOP=1 -f deploy/publication.sql
--
-- Run it as the owner of the tables, after `holdfast migrate`; running it again changes nothing that is as it should be.
-- The ledger's months appear as one table, `movement`, those that are made later too.
--
-- Left out on purpose: balances, which every sale updates and which are the ledger's fold; and API keys.

do $$
begin
    if not exists (select from pg_publication where pubname = 'holdfast') then
        create publication holdfast;
    end if;
end
$$;

alter publication holdfast set (publish = 'insert, update, delete', publish_via_partition_root = true);

alter publication holdfast set table
    movement, commit_log,
    item, alias, location, location_group, location_group_member, source, actor,
    reservation, allocation, transfer, expected_supply, exception;
