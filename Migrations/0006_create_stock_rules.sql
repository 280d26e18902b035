-- Why:   shops hold units back: some for safety, some for one channel; and they say from where on an item is low. What
--        is held back decides what may be promised, so it is obeyed by every grant from the commit of the rule.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- stock_rule    One row a state of a rule: what was in force before is kept with its end, so that a question about the
--               past finds it. `kind` 1 is safety stock, 2 a threshold, 3 a ring-fence. `level` is the contract's
--               precedence: the smaller wins.
-- item.safety_stock, threshold
--               What the rule says that names just the item. item.rules says what else there is to look for: 1 and 2
--               other rules of those kinds, 4 ring-fences, 8 that it is a kit. Nearly no item has any.
--               item_rules_refresh writes them.
-- location.safety_stock, threshold
--               What applies there to an item that no rule names, to a question without a channel. `rules` says what
--               else there is to look for: 1 a channel's safety stock, 2 a channel's threshold, 4 ring-fences, 8 that
--               units are held back for silence. place_rules_refresh writes them, in the transaction of every change
--               that they follow from.

create table stock_rule (
    rule_id int8 generated always as identity primary key,
    kind int2 not null check (kind in (1, 2, 3)),
    id text collate "C" not null,
    item_id int8,
    location_id int4,
    group_id int4,
    channel text collate "C",
    quantity int8 not null check (quantity >= 0),
    priority int8 not null default 0,
    version int8 not null,
    level int2 not null generated always as (
        case when item_id is not null then
            case when location_id is not null then 1 when group_id is not null then 2 else 3 end
        else
            case when location_id is not null then 4 when group_id is not null then 5 else 6 end
        end) stored,
    valid_from timestamptz not null,
    valid_until timestamptz,
    check (location_id is null or group_id is null)
);
create unique index stock_rule_current on stock_rule (kind, id) where valid_until is null;
create unique index stock_rule_versions on stock_rule (kind, id, version);
create index stock_rule_item on stock_rule (item_id);
create index stock_rule_at_location on stock_rule (location_id, item_id)
    where valid_until is null and location_id is not null;
create index stock_rule_of_group on stock_rule (group_id, item_id) where valid_until is null and group_id is not null;
create index stock_rule_everywhere on stock_rule (item_id)
    where valid_until is null and location_id is null and group_id is null;

-- The rules in force whose location or group takes in a location, whatever item they are about. Inlined, so that what
-- is asked of the item reaches the index of each part. Its columns are listed: no function returns a table's own row
-- type, since the table and the function would depend on one another. A function's texts have no collation of their
-- own: whoever sorts by them says "C".
create function stock_rules_at(location int4)
    returns table (kind int2, id text, item_id int8, location_id int4, group_id int4, channel text, quantity int8,
                   priority int8, version int8, level int2)
    language sql stable parallel safe
begin atomic
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version,
           r.level
    from stock_rule r where r.valid_until is null and r.location_id = location
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version,
           r.level
    from location_group_member m
    join stock_rule r on r.group_id = m.group_id and r.valid_until is null and r.group_id is not null
    where m.location_id = location
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version,
           r.level
    from stock_rule r
    where r.valid_until is null and r.location_id is null and r.group_id is null;
end;

-- Those about an item, by name or with all others.
create function stock_rules_of(item int8, location int4)
    returns table (kind int2, id text, item_id int8, location_id int4, group_id int4, channel text, quantity int8,
                   priority int8, version int8, level int2)
    language sql stable parallel safe
begin atomic
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version,
           r.level
    from stock_rules_at(location) r where r.item_id = item
    union all
    select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.quantity, r.priority, r.version,
           r.level
    from stock_rules_at(location) r where r.item_id is null;
end;

-- In plpgsql, which keeps the plans of its statements, where a function in SQL would make them anew for each question;
-- one plan for all, also in sessions that otherwise plan each question for itself.
--
-- The quantity of the one rule of a kind that applies to an item at a location, of those that name the item; NULL when
-- there is none. At one level a channel's rule beats one without; ties take the larger.
create function item_rule_quantity(rule_kind int2, item int8, location int4, for_channel text) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select r.quantity from stock_rules_at(location) r
        where r.item_id = item and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
        order by r.level, r.channel is null, r.quantity desc limit 1);
end
$$;

-- The same of those that name no item; 0 when there is none.
create function place_rule_quantity(rule_kind int2, location int4, for_channel text) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return coalesce((
        select r.quantity from stock_rules_at(location) r
        where r.item_id is null and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
        order by r.level, r.channel is null, r.quantity desc limit 1), 0);
end
$$;

-- What ring-fences do to a balance, for a channel: units kept for others, what is left of the channel's own fence (-1
-- without one), and units kept for others of a higher priority. Of each channel's fences only the most specific counts.
-- Open promises of `own` that are held do not count as used, since they do not stand in their owner's way.
create function ring_fenced(item int8, location int4, for_channel text, own text) returns int8[]
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        with fence as (
            select distinct on (r.channel) r.channel, r.quantity, r.priority
            from stock_rules_of(item, location) r
            where r.kind = 3
            order by r.channel, r.level, r.quantity desc, r.priority desc, r.id collate "C"
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

-- Brings the locations' own columns up to date: of some, or of all. Every rule is spread over its locations once, so
-- the work is as much as there are such pairs, not rules times locations. The 8 of `rules` has no rule behind it, but
-- silence.
create function place_rules_refresh(places int4[]) returns void
    language sql
begin atomic
    with covering as (
        select r.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r
        where r.valid_until is null and r.item_id is null and r.location_id is not null
        union all
        select m.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r join location_group_member m using (group_id)
        where r.valid_until is null and r.item_id is null and r.group_id is not null
        union all
        select l.location_id, r.kind, r.channel, r.level, r.quantity
        from stock_rule r cross join location l
        where r.valid_until is null and r.item_id is null and r.location_id is null and r.group_id is null
    ), found as (
        select c.location_id,
               (array_agg(c.quantity order by c.level, c.quantity desc)
                   filter (where c.kind = 1 and c.channel is null))[1]
                   as safety_stock,
               (array_agg(c.quantity order by c.level, c.quantity desc)
                   filter (where c.kind = 2 and c.channel is null))[1]
                   as threshold,
               bit_or(1 << (c.kind - 1)) filter (where c.channel is not null or c.kind = 3) as rules
        from covering c
        where places is null or c.location_id = any (places)
        group by c.location_id
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

-- The same of an item.
create function item_rules_refresh(one int8) returns void
    language sql
begin atomic
    with about as (
        select r.kind, r.level, r.channel, r.quantity,
               r.level = 3 and r.channel is null and r.kind <> 3 as is_plain
        from stock_rule r where r.item_id = one and r.valid_until is null
    )
    update item i
    set safety_stock = n.safety_stock, threshold = n.threshold, rules = n.rules
    from (
        select max(a.quantity) filter (where a.is_plain and a.kind = 1) as safety_stock,
               max(a.quantity) filter (where a.is_plain and a.kind = 2) as threshold,
               coalesce(bit_or(1 << (a.kind - 1)) filter (where not a.is_plain), 0)::int2
               | (case when exists (select from kit_component c where c.kit_id = one and c.valid_until is null)
                       then 8 else 0 end)::int2 as rules
        from about a
    ) n
    where i.item_id = one
      and (i.safety_stock, i.threshold, i.rules) is distinct from (n.safety_stock, n.threshold, n.rules);
end;

-- What an item is made of from now on; NULL parts end a kit. Returns the item's version, which a change of the parts
-- alone raises too.
create function kit_replace(kit text, part_skus text[], part_quantities int8[], version_before int8) returns int8
    language plpgsql as
$$
declare
    kit_number int8;
    changed boolean;
    found_version int8;
begin
    select item_id, version into kit_number, found_version from item where sku = kit;
    select array(
               select (p.sku, c.quantity)::text from kit_component c join item p on p.item_id = c.component_id
               where c.kit_id = kit_number and c.valid_until is null order by c.position)
           is distinct from array(
               select (sku, quantity)::text
               from unnest(part_skus, part_quantities) with ordinality as n(sku, quantity, ord)
               order by n.ord)
    into changed;
    if not changed then return found_version; end if;
    update kit_component set valid_until = clock_timestamp() where kit_id = kit_number and valid_until is null;
    insert into kit_component (kit_id, position, component_id, quantity, valid_from)
    select kit_number, n.ord, p.item_id, n.quantity, clock_timestamp()
    from unnest(part_skus, part_quantities) with ordinality as n(sku, quantity, ord) join item p on p.sku = n.sku;
    perform item_rules_refresh(kit_number);
    if found_version = version_before then
        update item set version = version + 1, updated_at = clock_timestamp() where item_id = kit_number
        returning version into found_version;
        insert into item_history (item_id, version, recorded_at, name, status)
        select item_id, version, updated_at, name, status from item where item_id = kit_number;
    end if;
    return found_version;
end
$$;
