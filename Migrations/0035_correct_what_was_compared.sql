-- Why:   two sets of figures that were compared before either had corrected both wrote the whole difference, and so did one that was
--        finished after its process had died. Now a correction is only taken at the version that its balance had when it was
--        compared; otherwise the line is compared again.
-- Lock:  reconciliation_line, for as long as new columns take; no row is written.
-- Old code: writes no version, and corrects as it did. What it compared is at version 0, and so compared again by new code. An
--        old process that has corrected for more than a minute and a new one may both write a correction: stop old processes first
--        where thousands of lines are corrected.
--
-- reconciliation_line.version      Of the balance, when the line was compared.
-- reconciliation_line.comparisons  How often the balance had changed when the line was to be corrected.

alter table reconciliation_line
    add column version int8 not null default 0,
    add column comparisons int4 not null default 0;
