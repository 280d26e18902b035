-- Why:   a variance may be data on its way. It is not corrected, and people are not told, before the location's other sources
--        were heard through its instant or a set wait has passed. What waits must be found again without reading all lines,
--        and figures by their source and event id, since exceptions name them so.
-- Lock:  the column has a constant default, which is a change of the catalogue only. The indexes are built while figures wait
--        to be stored: for one all lines are read and none taken up, about a second for each million; the other has a row for
--        each reconciliation.
-- Old code: writes lines that do not wait; it may run beside new code, and corrects and tells at once as before.

alter table reconciliation_line add column is_awaiting boolean not null default false;
create index reconciliation_line_awaiting on reconciliation_line (reconciliation_id, location_id) where is_awaiting;
create index reconciliation_event on reconciliation (source_id, event_id);
