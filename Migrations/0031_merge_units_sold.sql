-- Why:   each line of sale merges units sold, and a tenth of what its statement took was the calendar: an instant less so many
--        days is worked out in the zone of the session, and `extract` in decimals. Differences of instants in seconds need
--        neither.
-- Lock:  none.
-- Old code: gets the same figures.

-- The same as `SoldUnits.add`; a test holds the two together. After a thousand half-lives nothing is left: a power that
-- goes below what a float8 holds is an error in SQL, and a till's clock may say 1970.
create or replace function sold_units_merged(units float8, at timestamptz, more float8, more_at timestamptz) returns float8
    language sql immutable parallel safe
    return case
        when more_at is null then units
        when at is null then more
        when at - more_at >= interval '336000 hours' then units
        when more_at - at >= interval '336000 hours' then more
        when at >= more_at then units + more * power(0.5::float8, date_part('epoch', at - more_at) / 1209600)
        else more + units * power(0.5::float8, date_part('epoch', more_at - at) / 1209600)
    end;
