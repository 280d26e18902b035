-- Why:   an import that should not go on, because it is the wrong file or takes too long, is ended by whoever sent it.
-- Lock:  exclusive on import, for a look at its rows, of which there are few.
-- Old code: never writes the new state, and shows an import in it as it shows any other.

alter table import drop constraint import_state_check;
alter table import add constraint import_state_check
    check (state in ('receiving', 'waiting', 'running', 'done', 'failed', 'cancelled'));
