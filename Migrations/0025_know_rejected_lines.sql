-- Why:   a rejected line's exception closes by itself once a line that mends it is applied, and the same bad row of
--        tomorrow's file must not open another.
-- Lock:  a column without default and an index on open rejected lines, which are few: a moment.
-- Old code: writes no line_key, so its exceptions wait for a person, as before.
--
-- line_key  What the rejected line was about: its event id, or a mark of a file's record.
-- noted_at  When a record was rejected last.

alter table exception add column line_key text collate "C", add column noted_at timestamptz;
create index exception_rejected_line on exception (source_id, line_key)
    where type = 'rejectedLine' and status <> 'resolved';
