-- Why:   shops hold units back: some for safety, some for one channel; and they say from where on an item is low. What is
--        held back decides what may be promised, so it is obeyed by every grant from the commit of the rule. Kits and dated
--        supply complete what can be asked.
-- Lock:  item, location, allocation and balance get or lose columns, which is a change of the catalogue only, but for one
--        update of open allocations. Everything else is new.
-- Old code: does not know what is held back and would promise it; it must not run beside new code.
--
-- stock_rule    One row a state of a rule: what was in force before is kept with its end, so that a question about the past
--               finds it. `kind` 1 is safety stock, 2 a threshold, 3 a ring-fence. `level` is the contract's precedence:
--               the smaller wins.
-- item.safety_stock, threshold
--               What the rule says that names just the item. item.rules says what else there is to look for: 1 and 2 other
--               rules of those kinds, 4 ring-fences, 8 that it is a kit. Nearly no item has any. item_rules_refresh writes
--               them.
-- location.safety_stock, threshold
--               What applies there to an item that no rule names, to a question without a channel. `rules` says what else
--               there is to look for: 1 a channel's safety stock, 2 a channel's threshold, 4 ring-fences.
--               place_rules_refresh writes them, in the transaction of every change that they follow from.
-- location_group_history
--               Who belonged to a group, and which channel's network it was, from when on.
-- kit_component What a kit is made of, from when and until when.
-- expected_supply
--               What somebody says will come. It can be shown, and is never promised.

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

alter table item
    add column safety_stock int8,
    add column threshold int8,
    add column rules int2 not null default 0;
alter table location
    add column safety_stock int8 not null default 0,
    add column threshold int8 not null default 0,
    add column rules int2 not null default 0;
-- Foreseen for one kind of rule, never written.
alter table balance drop column safety_override;

-- Whose promise it is decides which ring-fence it uses up.
alter table allocation add column channel text collate "C";
update allocation a set channel = r.channel
from reservation r where r.reservation_id = a.reservation_id and r.channel is not null;

create table location_group_history (
    group_id int4 not null,
    version int8 not null,
    recorded_at timestamptz not null,
    channel text collate "C",
    is_deleted boolean not null,
    members int4[] not null,
    primary key (group_id, version)
);
insert into location_group_history (group_id, version, recorded_at, channel, is_deleted, members)
select g.group_id, g.version, g.updated_at, g.channel, g.deleted_at is not null,
       array(select m.location_id from location_group_member m where m.group_id = g.group_id order by m.position)
from location_group g;

create table kit_component (
    kit_id int8 not null,
    position int2 not null,
    component_id int8 not null,
    quantity int8 not null check (quantity > 0),
    valid_from timestamptz not null,
    valid_until timestamptz
);
create index kit_component_kit on kit_component (kit_id, position);
create index kit_component_part on kit_component (component_id) where valid_until is null;

create table expected_supply (
    supply_id int8 generated always as identity primary key,
    id text collate "C" not null unique,
    item_id int8 not null,
    location_id int4 not null,
    quantity int8 not null check (quantity > 0),
    expected_at timestamptz not null,
    first_expected_at timestamptz not null,
    reference text collate "C",
    version int8 not null,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
);
create index expected_supply_item on expected_supply (item_id, location_id, expected_at);

-- Units of holds that have ended and that no write of the balance has taken out of `reserved` yet. A function rather than a
-- part of each question: it is hardly ever needed, and without it a list can be shared among processes.
create function expired_units(item int8, location int4) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select coalesce(sum(h.units), 0)::int8 from hold_expiry h
        where h.item_id = item and h.location_id = location and h.expires_at <= statement_timestamp());
end
$$;

-- The rules in force whose location or group takes in a location, whatever item they are about. Inlined, so that what is
-- asked of the item reaches the index of each part.
create function stock_rules_at(location int4) returns setof stock_rule
    language sql stable parallel safe
begin atomic
    select r.* from stock_rule r where r.valid_until is null and r.location_id = location
    union all
    select r.* from location_group_member m
    join stock_rule r on r.group_id = m.group_id and r.valid_until is null and r.group_id is not null
    where m.location_id = location
    union all
    select r.* from stock_rule r where r.valid_until is null and r.location_id is null and r.group_id is null;
end;

-- Those about an item, by name or with all others.
create function stock_rules_of(item int8, location int4) returns setof stock_rule
    language sql stable parallel safe
begin atomic
    select r.* from stock_rules_at(location) r where r.item_id = item
    union all
    select r.* from stock_rules_at(location) r where r.item_id is null;
end;

-- In plpgsql, which keeps the plans of its statements, where a function in SQL would make them anew for each question; one
-- plan for all, also in sessions that otherwise plan each question for itself.
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
            order by r.channel, r.level, r.quantity desc, r.priority desc, r.id
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

-- ATS where something is fenced, the contract's section 5. Swift has the same; a test holds the two together.
create function available_to_sell_fenced(free int8, fenced int8[]) returns int8
    language sql immutable parallel safe
    return greatest(0::int8, free - fenced[1], least(fenced[2], free - fenced[3]));

-- Brings the locations' own columns up to date: of some, or of all. Every rule is spread over its locations once, so the
-- work is as much as there are such pairs, not rules times locations.
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
               (array_agg(c.quantity order by c.level, c.quantity desc) filter (where c.kind = 1 and c.channel is null))[1]
                   as safety_stock,
               (array_agg(c.quantity order by c.level, c.quantity desc) filter (where c.kind = 2 and c.channel is null))[1]
                   as threshold,
               bit_or(1 << (c.kind - 1)) filter (where c.channel is not null or c.kind = 3) as rules
        from covering c
        where places is null or c.location_id = any (places)
        group by c.location_id
    )
    update location l
    set safety_stock = coalesce(f.safety_stock, 0), threshold = coalesce(f.threshold, 0),
        rules = coalesce(f.rules, 0)::int2
    from location p left join found f using (location_id)
    where p.location_id = l.location_id and (places is null or p.location_id = any (places))
      and (l.safety_stock, l.threshold, l.rules) is distinct from
          (coalesce(f.safety_stock, 0), coalesce(f.threshold, 0), coalesce(f.rules, 0)::int2);
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

-- What an item is made of from now on; NULL parts end a kit. Returns the item's version, which a change of the parts alone
-- raises too.
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
               select (sku, quantity)::text from unnest(part_skus, part_quantities) with ordinality as n(sku, quantity, ord)
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
