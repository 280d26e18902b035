-- Why:   two decisions about one exception at one moment were both carried out: two corrected lines were both sold, and only one of
--        them was kept as what had been decided. Now one takes its turn first, and another is refused meanwhile.
-- Lock:  none; a new table.
-- Old code: takes no turns, and decides as it did.
--
-- exception_turn.decision  SHA-256 of what the decision carries: the same may be sent again while it is carried out.
-- exception_turn.until     When another may take its turn, where the one that carries it out has died.

create table exception_turn (
    exception_id int8 primary key references exception on delete cascade,
    decision     bytea not null,
    until        timestamptz not null
);
