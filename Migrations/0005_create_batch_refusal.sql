-- Why:   a batch is decided on balances as one process believes them, and written in one statement that compares them
--        while it takes their locks. When one has changed, the statement must leave nothing behind, and only an error
--        does that. This one has a code of its own, so that nobody takes it for a defect: the process reads and decides
--        again.
-- Lock:  none.
-- Old code: does not call it.

create function refuse_outdated_batch() returns boolean
    language plpgsql as
$$
begin
    raise exception 'the batch was decided on balances that have changed meanwhile'
        using errcode = 'HF001', hint = 'nothing is wrong: the batch is decided again';
end
$$;
