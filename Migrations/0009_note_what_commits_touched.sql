-- Why:   a list of items by band judges every item of the network. A process that remembers the bands it found needs to ask
--        again only of items that commits have touched since, and that holds have ended of; these columns and indexes
--        find both without reading the ledger.
-- Lock:  commit_log and hold_expiry while an index is made: writes wait for it, about a second for a million commits.
-- Old code: may run beside new code. What it commits has no items, and whoever reads such a row asks of all items again.
--
-- commit_log.xid
--               Who wrote the row. What has become visible since an older snapshot is exact by it, whatever the order of
--               commits: every row whose xid that snapshot does not see. Commits from before this step have none.
-- commit_log.items
--               The numbers of the items whose balances the commit wrote, perhaps repeated.

alter table commit_log add column xid xid8, add column items int8[];
alter table commit_log alter column xid set default pg_current_xact_id();
create index commit_log_xid on commit_log (xid);
create index hold_expiry_by_end on hold_expiry (expires_at);
