-- Why:   lists sort, filter and sum what is available to sell, so the database must compute it. This says the same as
--        `AvailabilityTerms.availableToSell`; a test holds the two together. The planner inlines it.
-- Lock:  none.
-- Old code: does not call it.

create function available_to_sell(on_hand int8, reserved int8, safety_stock int8, is_sellable boolean) returns int8
    language sql immutable parallel safe
    return case when is_sellable then greatest(0::int8, on_hand - reserved - safety_stock) else 0::int8 end;
