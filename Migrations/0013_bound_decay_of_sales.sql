-- Why:   a sale of decades ago, as a till with a dead clock battery reports it, was halved so often that the power left the
--        range of float8. PostgreSQL refuses that, and with it the whole batch. 2 to the power of -1000 is nothing, and
--        stays in range: a balance sells at least one unit at the later instant.
-- Lock:  none that a statement waits for; the function is replaced.
-- Old code: calls it as before.

-- The same as `SoldUnits.add`; a test holds the two together.
create or replace function sold_units_merged(units float8, at timestamptz, more float8, more_at timestamptz)
    returns float8
    language sql immutable parallel safe
    return case
        when more_at is null then units
        when at is null then more
        when at >= more_at
            then units + more * power(0.5::float8, least(1000, extract(epoch from at - more_at)::float8 / 1209600))
        else more + units * power(0.5::float8, least(1000, extract(epoch from more_at - at)::float8 / 1209600))
    end;
