-- Why:   lists sort, filter and sum what is available to sell, so the database must compute it. These say the same as
--        `AvailabilityTerms`; a test holds the two together. The planner inlines those in SQL.
-- Lock:  none.
-- Old code: there is none.

create function available_to_sell(on_hand int8, reserved int8, safety_stock int8, is_sellable boolean) returns int8
    language sql immutable parallel safe
    return case when is_sellable then greatest(0::int8, on_hand - reserved - safety_stock) else 0::int8 end;

-- ATS where something is fenced, the contract's section 5. Swift has the same; a test holds the two together.
create function available_to_sell_fenced(free int8, fenced int8[]) returns int8
    language sql immutable parallel safe
    return greatest(0::int8, free - fenced[1], least(fenced[2], free - fenced[3]));

-- Units of holds that have ended and that no write of the balance has taken out of `reserved` yet. A function rather
-- than a part of each question: it is hardly ever needed, and without it a list can be shared among processes.
create function expired_units(item int8, location int4) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select coalesce(sum(h.units), 0)::int8 from hold_expiry h
        where h.item_id = item and h.location_id = location and h.expires_at <= statement_timestamp());
end
$$;

-- Units held back of a balance for what its silent location may have sold: the seconds at the rate of sale as it was
-- when the location was heard last (`SoldUnits.unitsPerDay`), rounded up. It changes with the balance's version and the
-- config epoch only, so it may be remembered as rules are. The planner inlines it.
create function lag_buffer(
    seconds int4, since timestamptz, sold_units float8, sold_at timestamptz, sold_since timestamptz) returns int8
    language sql immutable parallel safe
    return case when seconds > 0 and sold_units > 0 then
        least(1e9::float8, ceil(
            seconds / 86400.0::float8 * sold_units
            * power(0.5::float8, least(1000, greatest(0, date_part('epoch', since - sold_at)) / 1209600))
            / (14 / 0.6931471805599453::float8 * (1 - power(0.5::float8, least(1000, greatest(
                86400, date_part('epoch', greatest(since, sold_at) - sold_since)) / 1209600))))))::int8
        else 0::int8 end;

-- Kilometres between two places, on a great circle of a sphere of 6,371.0088 km (the haversine formula); NULL where one
-- is not known. What is too small for a float8 is an error in SQL, so what is less than a tenth of a millimetre is none.
create function great_circle_km(latitude float8, longitude float8, other_latitude float8, other_longitude float8)
    returns float8
    language sql immutable parallel safe
    return case when latitude is not null and other_latitude is not null then
        2 * 6371.0088 * asin(least(1, sqrt(
            power(sin(radians(case when abs(latitude - other_latitude) < 1e-9 then 0
                                   else latitude - other_latitude end) / 2), 2)
            + cos(radians(case when abs(latitude) < 1e-9 then 0 else latitude end))
              * cos(radians(case when abs(other_latitude) < 1e-9 then 0 else other_latitude end))
              * power(sin(radians(case when abs(longitude - other_longitude) < 1e-9 then 0
                                       else longitude - other_longitude end) / 2), 2)))) end;
