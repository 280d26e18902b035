-- Why:   two sets of figures that were compared before either had corrected both wrote the whole difference, and so did one that was
--        finished after its process had died. Now a correction is only taken at the version that its balance had when it was
--        compared; otherwise the line is compared again.
-- Lock:  reconciliation_line, for as long as new columns take; no row is written.
-- Old code: writes no version, and corrects as it did. What it compared is at version 0, and so compared again by new code. What an
--        old process corrects for longer than a minute a new one may correct too: stop it before one that reconciles much.
--
-- reconciliation_line.version      Of the balance, when the line was compared.
-- reconciliation_line.comparisons  How often the balance had changed when the line was to be corrected.

alter table reconciliation_line
    add column version int8 not null default 0,
    add column comparisons int4 not null default 0;
