-- Why:   every change passes one seam. A commit names what it changed beside ledger lines, so that whoever follows changes
--        finds master data, rules, exceptions and promises in the same order as the ledger.
-- Lock:  columns without a default, which is a change of the catalogue only.
-- Old code: may run beside new code; what it changes beside batches is not named.
--
-- commit_log.change_kinds, commit_log.change_keys
--               What was changed and what names it, one element each at the same place. NULL or empty where a commit has
--               nothing but ledger lines, and for commits from before this step. A commit beside batches has lines 0 and
--               items '{}'.

alter table commit_log add column change_kinds int2[], add column change_keys text[] collate "C";
