-- Why:   an operator asks over HTTP when the ledger was proved last and what came of it, not only who ran the command.
-- Lock:  a new table only.
-- Old code: its proofs are not kept.
--
-- proof_run  What each run of the proof came to; the last hundred are kept. skus, locations and details are, side by side, the
--            first balances that differ.

create table proof_run (
    proof_id int8 generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    is_proved boolean not null,
    balances int8 not null,
    lines int8 not null,
    defects int8 not null,
    lines_without_balance int8 not null,
    events_without_line int8 not null,
    sum_of_accounts int8 not null,
    skus text[] not null,
    locations text[] not null,
    details text[] not null,
    audit_entries int8 not null,
    audit_defect text
);
