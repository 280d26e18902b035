-- Why:   a rule is often meant for a while (the week before Christmas), for one way of getting goods (pickup), or for a share
--        of the stock; and some things are not sold everywhere (knives are not for pickup). What a rule says holds from
--        its first instant to its last with nobody writing anything (ADR 32).
-- Lock:  stock_rule and feed_progress for an instant: columns with constant defaults rewrite nothing, and the checks read a
--        table of at most some ten thousand rows. feed_progress has one row. The indexes are partial and empty when they
--        are made.
-- Old code: obeys the rules that it knows: without methods and shares, and in their time, since the functions it calls say
--        so. It does not know of sale restrictions, and ends scheduled rules late in its own columns of items and locations.
--        Bring all processes up to date before such rules are made.
--
-- stock_rule.starts_at, ends_at
--               The rule applies from the one and before the other; NULL: always. Not to be confused with valid_from and
--               valid_until, which say when Holdfast was told.
-- stock_rule.percent
--               Of safety stock: a share of the units on hand; the greater of it and the quantity is held back.
-- stock_rule.settle_at
--               When what items and locations say of it has to be brought up to date: the next of its two instants that
--               was still to come. Nothing depends on when that is done.
-- stock_rule.kind 4  A sale restriction: what it covers is not sold.
-- item.rules    16: a sale restriction names it. Rules with a share, a method or a time are among "other rules".
-- location.rules 16: a share of each item is held back; 32 and 64: safety stock or a threshold begins or ends some time;
--               128: a sale restriction names no item. 1 and 2 stand for rules of channels or methods.
-- feed_progress.rules_until  Rules that began or ended by then were looked at.
--
-- A term is what safety stock is computed from: units in its lower 40 bits, a share in per cent above them. Where no share
-- is in it, it is just the units.

alter table stock_rule
    add column method text collate "C",
    add column percent int2 not null default 0,
    add column starts_at timestamptz,
    add column ends_at timestamptz,
    add column settle_at timestamptz,
    drop constraint stock_rule_kind_check,
    add constraint stock_rule_kind_check check (kind in (1, 2, 3, 4)),
    add constraint stock_rule_method_check check (method in ('pickup', 'ship')),
    add constraint stock_rule_percent_check check (percent between 0 and 100),
    add constraint stock_rule_time_check check (ends_at > starts_at);
create index stock_rule_starts on stock_rule (starts_at) where valid_until is null and starts_at is not null;
create index stock_rule_ends on stock_rule (ends_at) where valid_until is null and ends_at is not null;
create index stock_rule_settles on stock_rule (settle_at) where valid_until is null and settle_at is not null;

alter table feed_progress add column rules_until timestamptz not null default clock_timestamp();

-- Units that a term holds back. Of a share a part of a unit counts as a whole one. Computed in hundreds, so that no number
-- of units is too great.
create function held_units(term int8, on_hand int8) returns int8
    language sql immutable parallel safe
    return greatest(
        term & 1099511627775,
        (greatest(on_hand, 0) / 100) * (term >> 40) + ((greatest(on_hand, 0) % 100) * (term >> 40) + 99) / 100);

-- The rules of an instant whose location or group takes in a location, whatever item they are about. Inlined, so that what
-- is asked of the item reaches the index of each part.
create function rules_in_force_at(location int4, instant timestamptz)
    returns table (kind int2, id text, item_id int8, location_id int4, group_id int4, channel text, method text,
                   quantity int8, percent int2, priority int8, version int8, level int2, starts_at timestamptz,
                   ends_at timestamptz)
    language sql stable parallel safe
begin atomic
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
           r.version, r.level, r.starts_at, r.ends_at
    from stock_rule r
    where r.valid_until is null and r.location_id = location
      and (r.starts_at is null or r.starts_at <= instant) and (r.ends_at is null or r.ends_at > instant)
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
           r.version, r.level, r.starts_at, r.ends_at
    from location_group_member m
    join stock_rule r on r.group_id = m.group_id and r.valid_until is null and r.group_id is not null
    where m.location_id = location
      and (r.starts_at is null or r.starts_at <= instant) and (r.ends_at is null or r.ends_at > instant)
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
           r.version, r.level, r.starts_at, r.ends_at
    from stock_rule r
    where r.valid_until is null and r.location_id is null and r.group_id is null
      and (r.starts_at is null or r.starts_at <= instant) and (r.ends_at is null or r.ends_at > instant);
end;

-- Those about an item, by name or with all others.
create function rules_in_force_of(item int8, location int4, instant timestamptz)
    returns table (kind int2, id text, item_id int8, location_id int4, group_id int4, channel text, method text,
                   quantity int8, percent int2, priority int8, version int8, level int2, starts_at timestamptz,
                   ends_at timestamptz)
    language sql stable parallel safe
begin atomic
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
           r.version, r.level, r.starts_at, r.ends_at
    from rules_in_force_at(location, instant) r where r.item_id = item
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
           r.version, r.level, r.starts_at, r.ends_at
    from rules_in_force_at(location, instant) r where r.item_id is null;
end;

-- What older processes call: only rules that they understand.
create or replace function stock_rules_at(location int4)
    returns table (kind int2, id text, item_id int8, location_id int4, group_id int4, channel text, quantity int8,
                   priority int8, version int8, level int2)
    language sql stable parallel safe
begin atomic
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version, r.level
    from rules_in_force_at(location, statement_timestamp()) r
    where r.method is null and r.kind < 4;
end;

-- The term of the rules of a kind that apply to an item at a location, of those that name the item; NULL when there is none.
-- At one level a channel's rule beats one without, then a method's one without; of ties the larger, which is that of the
-- largest quantity and the largest share, whatever is on hand. Thresholds have no share.
create function item_rule_term(rule_kind int2, item int8, location int4, for_channel text, for_method text)
    returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select max(r.quantity) + (max(r.percent)::int8 << 40)
        from (
            select r.quantity, r.percent, rank() over (order by r.level, r.channel is null, r.method is null) as place
            from rules_in_force_at(location, statement_timestamp()) r
            where r.item_id = item and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
              and (r.method is null or r.method = for_method)
        ) r
        where r.place = 1);
end
$$;

-- The same of those that name no item; 0 when there is none.
create function place_rule_term(rule_kind int2, location int4, for_channel text, for_method text) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return coalesce((
        select max(r.quantity) + (max(r.percent)::int8 << 40)
        from (
            select r.quantity, r.percent, rank() over (order by r.level, r.channel is null, r.method is null) as place
            from rules_in_force_at(location, statement_timestamp()) r
            where r.item_id is null and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
              and (r.method is null or r.method = for_method)
        ) r
        where r.place = 1), 0);
end
$$;

-- Whether an item is not sold at a location, through a channel and by a method. Restrictions add up: one is enough.
create function is_sale_restricted(item int8, location int4, for_channel text, for_method text) returns boolean
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return exists (
        select from rules_in_force_of(item, location, statement_timestamp()) r
        where r.kind = 4 and (r.channel is null or r.channel = for_channel)
          and (r.method is null or r.method = for_method));
end
$$;

-- What ring-fences do to a balance, for a channel and a method: units kept for others, what is left of the channel's own
-- fence (-1 without one), and units kept for others of a higher priority. Of each channel's fences only the most specific
-- counts. Open promises of `own` that are held do not count as used, since they do not stand in their owner's way.
create function ring_fenced(item int8, location int4, for_channel text, for_method text, own text) returns int8[]
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        with fence as (
            select distinct on (r.channel) r.channel, r.quantity, r.priority
            from rules_in_force_of(item, location, statement_timestamp()) r
            where r.kind = 3 and (r.method is null or r.method = for_method)
            order by r.channel, r.level, r.method is null, r.quantity desc, r.priority desc, r.id collate "C"
        ), rest as (
            select f.priority, coalesce(f.channel = for_channel, false) as is_own,
                   case when f.channel is null then f.quantity else greatest(0, f.quantity - (
                       select coalesce(sum(a.open_units), 0)::int8
                       from allocation a
                       where a.item_id = item and a.location_id = location and a.open_units > 0
                         and a.channel = f.channel
                         and (a.state <> 1 or a.expires_at > statement_timestamp())
                         and (own is null or a.state <> 1 or not exists (
                             select from reservation o where o.reservation_id = a.reservation_id and o.owner = own))
                   )) end as units
            from fence f
        )
        select array[
            coalesce((select sum(units) from rest where not is_own), 0)::int8,
            coalesce((select units from rest where is_own), -1)::int8,
            coalesce((
                select sum(o.units) from rest o, rest c
                where c.is_own and not o.is_own and o.priority > c.priority), 0)::int8]);
end
$$;

-- As before, as of an instant: what has ended by then is left out, and what begins or ends later is looked for by whoever
-- asks.
create function place_rules_refresh(places int4[], instant timestamptz) returns void
    language sql
begin atomic
    with covering as (
        select r.location_id, r.kind, r.channel, r.method, r.level, r.quantity, r.percent, r.starts_at, r.ends_at
        from stock_rule r
        where r.valid_until is null and r.item_id is null and r.location_id is not null
        union all
        select m.location_id, r.kind, r.channel, r.method, r.level, r.quantity, r.percent, r.starts_at, r.ends_at
        from stock_rule r join location_group_member m using (group_id)
        where r.valid_until is null and r.item_id is null and r.group_id is not null
        union all
        select l.location_id, r.kind, r.channel, r.method, r.level, r.quantity, r.percent, r.starts_at, r.ends_at
        from stock_rule r cross join location l
        where r.valid_until is null and r.item_id is null and r.location_id is null and r.group_id is null
    ), known as (
        select c.location_id, c.kind, c.level, c.quantity, c.percent,
               c.channel is null and c.method is null as is_plain,
               c.starts_at > instant or c.ends_at is not null as is_timed
        from covering c
        where (places is null or c.location_id = any (places)) and (c.ends_at is null or c.ends_at > instant)
    ), ranked as (
        select k.*, coalesce(k.is_timed, false) as timed,
               rank() over (
                   partition by k.location_id, k.kind, k.is_plain, coalesce(k.is_timed, false) order by k.level) as place
        from known k
    ), found as (
        select r.location_id,
               max(r.quantity) filter (where r.kind = 1 and r.is_plain and not r.timed and r.place = 1)
               + (max(r.percent) filter (where r.kind = 1 and r.is_plain and not r.timed and r.place = 1)::int8 << 40)
                   as safety_stock,
               max(r.quantity) filter (where r.kind = 2 and r.is_plain and not r.timed and r.place = 1) as threshold,
               coalesce(bit_or(case r.kind when 3 then 4 when 4 then 128 else
                   case when not r.is_plain then r.kind::int4 when r.timed then 16 << r.kind::int4 else 0 end
                   | case when r.percent > 0 then 16 else 0 end end), 0) as rules
        from ranked r
        group by r.location_id
    )
    update location l
    set safety_stock = coalesce(f.safety_stock, 0), threshold = coalesce(f.threshold, 0),
        rules = (coalesce(f.rules, 0) | case when l.lag_seconds > 0 then 8 else 0 end)::int2
    from location p left join found f using (location_id)
    where p.location_id = l.location_id and (places is null or p.location_id = any (places))
      and (l.safety_stock, l.threshold, l.rules) is distinct from
          (coalesce(f.safety_stock, 0), coalesce(f.threshold, 0),
           (coalesce(f.rules, 0) | case when l.lag_seconds > 0 then 8 else 0 end)::int2);
end;

create function item_rules_refresh(one int8, instant timestamptz) returns void
    language sql
begin atomic
    with about as (
        select r.kind, r.quantity,
               r.level = 3 and r.channel is null and r.method is null and r.kind < 3 and r.percent = 0
               and r.ends_at is null and (r.starts_at is null or r.starts_at <= instant) as is_plain
        from stock_rule r
        where r.item_id = one and r.valid_until is null and (r.ends_at is null or r.ends_at > instant)
    )
    update item i
    set safety_stock = n.safety_stock, threshold = n.threshold, rules = n.rules
    from (
        select max(a.quantity) filter (where a.is_plain and a.kind = 1) as safety_stock,
               max(a.quantity) filter (where a.is_plain and a.kind = 2) as threshold,
               (coalesce(bit_or(case a.kind when 4 then 16 else 1 << (a.kind - 1) end) filter (where not a.is_plain), 0)
               | case when exists (select from kit_component c where c.kit_id = one and c.valid_until is null)
                       then 8 else 0 end)::int2 as rules
        from about a
    ) n
    where i.item_id = one
      and (i.safety_stock, i.threshold, i.rules) is distinct from (n.safety_stock, n.threshold, n.rules);
end;

-- What older processes call, and kit_replace.
create or replace function place_rules_refresh(places int4[]) returns void
    language sql
begin atomic
    select place_rules_refresh(places, clock_timestamp());
end;

create or replace function item_rules_refresh(one int8) returns void
    language sql
begin atomic
    select item_rules_refresh(one, clock_timestamp());
end;
