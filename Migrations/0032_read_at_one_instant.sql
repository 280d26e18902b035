-- Why:   an answer that several statements make was of several instants: a hold that ended, or a rule that began, between two
--        of them counted in one figure and not in the other. These look at the transaction's time, so that all statements of
--        one transaction agree; of a statement by itself the two are the same.
-- Lock:  none.
-- Old code: gets the same figures, of the time at which its transaction began.

create or replace function expired_units(item int8, location int4) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select coalesce(sum(h.units), 0)::int8 from hold_expiry h
        where h.item_id = item and h.location_id = location and h.expires_at <= transaction_timestamp());
end
$$;

create or replace function item_rule_term(rule_kind int2, item int8, location int4, for_channel text, for_method text)
    returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        select max(r.quantity) + (max(r.percent)::int8 << 40)
        from (
            select r.quantity, r.percent, rank() over (order by r.level, r.channel is null, r.method is null) as place
            from rules_in_force_at(location, transaction_timestamp()) r
            where r.item_id = item and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
              and (r.method is null or r.method = for_method)
        ) r
        where r.place = 1);
end
$$;

create or replace function place_rule_term(rule_kind int2, location int4, for_channel text, for_method text) returns int8
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return coalesce((
        select max(r.quantity) + (max(r.percent)::int8 << 40)
        from (
            select r.quantity, r.percent, rank() over (order by r.level, r.channel is null, r.method is null) as place
            from rules_in_force_at(location, transaction_timestamp()) r
            where r.item_id is null and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
              and (r.method is null or r.method = for_method)
        ) r
        where r.place = 1), 0);
end
$$;

create or replace function is_sale_restricted(item int8, location int4, for_channel text, for_method text) returns boolean
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return exists (
        select from rules_in_force_of(item, location, transaction_timestamp()) r
        where r.kind = 4 and (r.channel is null or r.channel = for_channel)
          and (r.method is null or r.method = for_method));
end
$$;

create or replace function ring_fenced(item int8, location int4, for_channel text, for_method text, own text) returns int8[]
    language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan as
$$
begin
    return (
        with fence as (
            select distinct on (r.channel) r.channel, r.quantity, r.priority
            from rules_in_force_of(item, location, transaction_timestamp()) r
            where r.kind = 3 and (r.method is null or r.method = for_method)
            order by r.channel, r.level, r.method is null, r.quantity desc, r.priority desc, r.id collate "C"
        ), rest as (
            select f.priority, coalesce(f.channel = for_channel, false) as is_own,
                   case when f.channel is null then f.quantity else greatest(0, f.quantity - (
                       select coalesce(sum(a.open_units), 0)::int8
                       from allocation a
                       where a.item_id = item and a.location_id = location and a.open_units > 0
                         and a.channel = f.channel
                         and (a.state <> 1 or a.expires_at > transaction_timestamp())
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

create or replace function rules_of_balances(items int8[], places int4[], for_channel text, for_method text)
    returns table (item_id int8, location_id int4, safety_stock int8, threshold int8, is_restricted boolean, fences int8[])
    language plpgsql stable parallel restricted rows 500
    set plan_cache_mode = force_custom_plan set enable_hashjoin = on set enable_seqscan = on as
$$
#variable_conflict use_column
begin
    return query
    with asked as materialized (
        select distinct a.item_id, a.location_id from unnest(items, places) a(item_id, location_id)
    ), place as materialized (
        select distinct a.location_id from asked a
    ), said as materialized (
        select r.kind, r.id, r.item_id, r.location_id, r.group_id, r.channel, r.method, r.quantity, r.percent, r.priority,
               r.level
        from stock_rule r
        where r.valid_until is null and (r.method is null or r.method = for_method)
          and (r.kind = 3 or r.channel is null or r.channel = for_channel)
          and (r.starts_at is null or r.starts_at <= transaction_timestamp())
          and (r.ends_at is null or r.ends_at > transaction_timestamp())
          and (r.item_id = any (items) or r.item_id is null and r.kind in (3, 4))
    ), here as materialized (
        select p.location_id, r.kind, r.id, r.item_id, r.channel, r.method, r.quantity, r.percent, r.priority, r.level
        from said r join place p on p.location_id = r.location_id
        union all
        select p.location_id, r.kind, r.id, r.item_id, r.channel, r.method, r.quantity, r.percent, r.priority, r.level
        from said r
        join location_group_member m using (group_id)
        join place p on p.location_id = m.location_id
        union all
        select p.location_id, r.kind, r.id, r.item_id, r.channel, r.method, r.quantity, r.percent, r.priority, r.level
        from said r cross join place p
        where r.location_id is null and r.group_id is null
    ), covering as materialized (
        select a.item_id, a.location_id, r.kind, r.id, r.channel, r.method, r.quantity, r.percent, r.priority, r.level
        from asked a join here r on r.item_id = a.item_id and r.location_id = a.location_id
        union all
        select a.item_id, a.location_id, r.kind, r.id, r.channel, r.method, r.quantity, r.percent, r.priority, r.level
        from asked a join here r on r.location_id = a.location_id
        where r.item_id is null
    ), ranked as (
        select c.item_id, c.location_id, c.kind, c.quantity, c.percent,
               rank() over (
                   partition by c.item_id, c.location_id, c.kind
                   order by c.level, c.channel is null, c.method is null) as place
        from covering c
        where c.kind in (1, 2)
    ), term as (
        select r.item_id, r.location_id,
               max(r.quantity) filter (where r.kind = 1)
                   + (max(r.percent) filter (where r.kind = 1)::int8 << 40) as safety_stock,
               max(r.quantity) filter (where r.kind = 2) as threshold
        from ranked r
        where r.place = 1
        group by r.item_id, r.location_id
    ), restricted as (
        select distinct c.item_id, c.location_id from covering c where c.kind = 4
    ), fence as (
        select distinct on (c.item_id, c.location_id, c.channel)
               c.item_id, c.location_id, c.channel, c.quantity, c.priority
        from covering c
        where c.kind = 3
        order by c.item_id, c.location_id, c.channel, c.level, c.method is null, c.quantity desc, c.priority desc,
                 c.id collate "C"
    ), rest as (
        select f.item_id, f.location_id, f.priority, coalesce(f.channel = for_channel, false) as is_own,
               case when f.channel is null then f.quantity else greatest(0, f.quantity - (
                   select coalesce(sum(a.open_units), 0)::int8
                   from allocation a
                   where a.item_id = f.item_id and a.location_id = f.location_id and a.open_units > 0
                     and a.channel = f.channel
                     and (a.state <> 1 or a.expires_at > transaction_timestamp())
               )) end as units
        from fence f
    ), fenced as (
        select r.item_id, r.location_id,
               array[
                   coalesce(sum(r.units) filter (where not r.is_own), 0)::int8,
                   coalesce(min(r.units) filter (where r.is_own), -1)::int8,
                   coalesce(sum(r.units) filter (where not r.is_own and r.priority > c.priority), 0)::int8] as fences
        from rest r
        left join (select o.item_id, o.location_id, o.priority from rest o where o.is_own) c
            on c.item_id = r.item_id and c.location_id = r.location_id
        group by r.item_id, r.location_id
    ), known as (
        select t.item_id, t.location_id from term t
        union
        select r.item_id, r.location_id from restricted r
        union
        select f.item_id, f.location_id from fenced f
    )
    select k.item_id, k.location_id, t.safety_stock, t.threshold, r.item_id is not null, f.fences
    from known k
    left join term t on t.item_id = k.item_id and t.location_id = k.location_id
    left join restricted r on r.item_id = k.item_id and r.location_id = k.location_id
    left join fenced f on f.item_id = k.item_id and f.location_id = k.location_id;
end
$$;

create or replace function items_ruled_at(location int4) returns int8[]
    language plpgsql stable parallel restricted set plan_cache_mode = force_custom_plan as
$$
begin
    if exists (select from rules_in_force_at(location, transaction_timestamp()) r where r.item_id is null and r.kind in (3, 4)) then
        return array(select b.item_id from balance b where b.location_id = location);
    end if;
    return array(
        select distinct r.item_id from rules_in_force_at(location, transaction_timestamp()) r where r.item_id is not null);
end
$$;
