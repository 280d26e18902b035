-- Why:   who looks into an order or a receipt has its reference and asks for its ledger lines; until now all lines of all
--        months were looked at for it.
-- Lock:  the ledger takes no writes while the index is built: about a minute for 10 million lines with a reference. Build
--        it before the upgrade where that is too long: a `create index concurrently` of the same columns and condition on each month, and
--        then `create index movement_reference on only movement ...` and `alter index movement_reference attach
--        partition ...`; this file leaves an index of that name alone.
-- Old code: keeps it up to date without knowing.
--
-- movement_reference  Lines of one reference in the order recorded. Lines without one are not in it.

create index if not exists movement_reference on movement (reference, recorded_at) where reference is not null;
