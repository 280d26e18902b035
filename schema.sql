-- The whole schema, made by `make schema` from the files in Migrations. Do not edit; the reasons are in those files.
-- Left out: the ledger's monthly partitions, and the migrator's own table.
-- Migrations: sha256 f7071310e0959ab1c615ebec8ef06c7c3327f5a0295b1c402ec7162976635b13
-- Dumped by: PostgreSQL 15

CREATE FUNCTION audit_append(actor text, action text, kind text, keys text[], object text) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
declare
    head record;
    entry_sequence int8;
    entry_at timestamptz;
    entry_chain bytea;
begin
    select h.sequence, h.chain into head from audit_head h for update;
    entry_sequence := head.sequence + 1;
    entry_at := clock_timestamp();
    entry_chain := sha256(head.chain || convert_to(
        audit_field(entry_sequence::text) || audit_field((extract(epoch from entry_at) * 1000000)::int8::text)
        || audit_field(actor) || audit_field(action) || audit_field(kind) || audit_field(cardinality(keys)::text)
        || array_to_string(array(select audit_field(k) from unnest(keys) with ordinality as u(k, n) order by n), '')
        || audit_field(object), 'UTF8'));
    insert into audit_entry values (entry_sequence, entry_at, actor, action, kind, keys, object, entry_chain);
    update audit_head set sequence = entry_sequence, chain = entry_chain;
    return entry_sequence;
end
$$;

CREATE FUNCTION audit_field(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(((octet_length(value) || ':'::text) || value), '-'::text);

CREATE FUNCTION audit_object(stored jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT (jsonb_object_agg((lower("left"(jsonb_each.key, 1)) || substr(replace(initcap(replace(jsonb_each.key, '_'::text, ' '::text)), ' '::text, ''::text), 2)), jsonb_each.value))::text AS jsonb_object_agg FROM jsonb_each(audit_object.stored) jsonb_each(key, value));

CREATE FUNCTION audit_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'the audit is append-only' using errcode = 'HF002';
end
$$;

CREATE FUNCTION available_to_sell(on_hand bigint, reserved bigint, safety_stock bigint, is_sellable boolean) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN is_sellable THEN GREATEST((0)::bigint, ((on_hand - reserved) - safety_stock)) ELSE (0)::bigint END;

CREATE FUNCTION available_to_sell_fenced(free bigint, fenced bigint[]) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN GREATEST((0)::bigint, (free - (fenced)[1]), LEAST((fenced)[2], (free - (fenced)[3])));

CREATE FUNCTION canonical_code(code_system text, code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((code_system = 'gtin'::text) AND (code ~ '^[0-9]{1,13}$'::text)) THEN lpad(code, 14, '0'::text) ELSE code END;

CREATE FUNCTION expired_units(item bigint, location integer) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
begin
    return (
        select coalesce(sum(h.units), 0)::int8 from hold_expiry h
        where h.item_id = item and h.location_id = location and h.expires_at <= transaction_timestamp());
end
$$;

CREATE FUNCTION great_circle_km(latitude double precision, longitude double precision, other_latitude double precision, other_longitude double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((latitude IS NOT NULL) AND (other_latitude IS NOT NULL)) THEN ((((2)::numeric * 6371.0088))::double precision * asin(LEAST((1)::double precision, sqrt((power(sin((radians(CASE WHEN (abs((latitude - other_latitude)) < (0.000000001)::double precision) THEN (0)::double precision ELSE (latitude - other_latitude) END) / (2)::double precision)), (2)::double precision) + ((cos(radians(CASE WHEN (abs(latitude) < (0.000000001)::double precision) THEN (0)::double precision ELSE latitude END)) * cos(radians(CASE WHEN (abs(other_latitude) < (0.000000001)::double precision) THEN (0)::double precision ELSE other_latitude END))) * power(sin((radians(CASE WHEN (abs((longitude - other_longitude)) < (0.000000001)::double precision) THEN (0)::double precision ELSE (longitude - other_longitude) END) / (2)::double precision)), (2)::double precision))))))) ELSE NULL::double precision END;

CREATE TABLE location_group_history (
    group_id integer NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    channel text COLLATE pg_catalog."C",
    is_deleted boolean NOT NULL,
    members integer[] NOT NULL
);

CREATE TABLE location_group_member (
    group_id integer NOT NULL,
    location_id integer NOT NULL,
    "position" integer NOT NULL
);

CREATE FUNCTION group_places_ever(one integer) RETURNS integer[]
    LANGUAGE sql STABLE
    RETURN ARRAY(SELECT m.location_id FROM location_group_member m WHERE (m.group_id = group_places_ever.one) UNION SELECT place.place FROM (location_group_history h CROSS JOIN LATERAL unnest(h.members) place(place)) WHERE (h.group_id = group_places_ever.one));

CREATE FUNCTION held_units(term bigint, on_hand bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN GREATEST((term & '1099511627775'::bigint), (((GREATEST(on_hand, (0)::bigint) / 100) * (term >> 40)) + ((((GREATEST(on_hand, (0)::bigint) % (100)::bigint) * (term >> 40)) + 99) / 100)));

CREATE FUNCTION holds_ended(items bigint[], places integer[], since timestamp with time zone[], until timestamp with time zone) RETURNS TABLE(ord bigint, units bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
declare
    oldest timestamptz := (select min(i) from unnest(since) i) - interval '31 days';
begin
    return query
    select asked.ord, sum(h.units)::int8
    from unnest(items, places, since) with ordinality as asked(item_id, location_id, since, ord)
    cross join lateral (
        select case when h.bucket is null then h.units else h.reserved_delta end as units
        from movement h
        where h.item_id = asked.item_id and h.location_id = asked.location_id
          and h.recorded_at <= until and h.recorded_at > asked.since - interval '31 days' and h.recorded_at > oldest
          and h.hold_expires_at > asked.since and h.hold_expires_at <= until offset 0
    ) h
    group by asked.ord;
end
$$;

CREATE FUNCTION is_sale_restricted(item bigint, location integer, for_channel text, for_method text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
begin
    return exists (
        select from rules_in_force_of(item, location, transaction_timestamp()) r
        where r.kind = 4 and (r.channel is null or r.channel = for_channel)
          and (r.method is null or r.method = for_method));
end
$$;

CREATE FUNCTION item_rule_quantity(rule_kind smallint, item bigint, location integer, for_channel text) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
begin
    return (
        select r.quantity from stock_rules_at(location) r
        where r.item_id = item and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
        order by r.level, r.channel is null, r.quantity desc limit 1);
end
$$;

CREATE FUNCTION item_rule_term(rule_kind smallint, item bigint, location integer, for_channel text, for_method text) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE TABLE item (
    item_id bigint NOT NULL,
    sku text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    unit text NOT NULL,
    status text NOT NULL,
    safety_stock bigint,
    threshold bigint,
    rules smallint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    family text COLLATE pg_catalog."C",
    attributes text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT item_status_check CHECK ((status = ANY (ARRAY['active'::text, 'stopSale'::text, 'discontinued'::text]))),
    CONSTRAINT item_unit_check CHECK ((unit = ANY (ARRAY['each'::text, 'gram'::text, 'millilitre'::text, 'millimetre'::text])))
);

CREATE TABLE kit_component (
    kit_id bigint NOT NULL,
    "position" smallint NOT NULL,
    component_id bigint NOT NULL,
    quantity bigint NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    CONSTRAINT kit_component_quantity_check CHECK ((quantity > 0))
);

CREATE TABLE stock_rule (
    rule_id bigint NOT NULL,
    kind smallint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    item_id bigint,
    location_id integer,
    group_id integer,
    channel text COLLATE pg_catalog."C",
    quantity bigint NOT NULL,
    priority bigint DEFAULT 0 NOT NULL,
    version bigint NOT NULL,
    level smallint GENERATED ALWAYS AS (
CASE
    WHEN (item_id IS NOT NULL) THEN
    CASE
        WHEN (location_id IS NOT NULL) THEN 1
        WHEN (group_id IS NOT NULL) THEN 2
        ELSE 3
    END
    ELSE
    CASE
        WHEN (location_id IS NOT NULL) THEN 4
        WHEN (group_id IS NOT NULL) THEN 5
        ELSE 6
    END
END) STORED NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    method text COLLATE pg_catalog."C",
    percent smallint DEFAULT 0 NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    settle_at timestamp with time zone,
    CONSTRAINT stock_rule_check CHECK (((location_id IS NULL) OR (group_id IS NULL))),
    CONSTRAINT stock_rule_kind_check CHECK ((kind = ANY (ARRAY[1, 2, 3, 4]))),
    CONSTRAINT stock_rule_method_check CHECK ((method = ANY (ARRAY['pickup'::text, 'ship'::text]))),
    CONSTRAINT stock_rule_percent_check CHECK (((percent >= 0) AND (percent <= 100))),
    CONSTRAINT stock_rule_quantity_check CHECK ((quantity >= 0)),
    CONSTRAINT stock_rule_time_check CHECK ((ends_at > starts_at))
);

CREATE FUNCTION item_rules_refresh(one bigint, instant timestamp with time zone) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 WITH about AS (
          SELECT r.kind,
             r.quantity,
             ((r.level = 3) AND (r.channel IS NULL) AND (r.method IS NULL) AND (r.kind < 3) AND (r.percent = 0) AND (r.ends_at IS NULL) AND ((r.starts_at IS NULL) OR (r.starts_at <= item_rules_refresh.instant))) AS is_plain
            FROM stock_rule r
           WHERE ((r.item_id = item_rules_refresh.one) AND (r.valid_until IS NULL) AND ((r.ends_at IS NULL) OR (r.ends_at > item_rules_refresh.instant)))
         )
  UPDATE item i SET safety_stock = n.safety_stock, threshold = n.threshold, rules = n.rules
    FROM ( SELECT max(a.quantity) FILTER (WHERE (a.is_plain AND (a.kind = 1))) AS safety_stock,
             max(a.quantity) FILTER (WHERE (a.is_plain AND (a.kind = 2))) AS threshold,
             ((COALESCE(bit_or(
                 CASE a.kind
                     WHEN 4 THEN 16
                     ELSE (1 << (a.kind - 1))
                 END) FILTER (WHERE (NOT a.is_plain)), 0) |
                 CASE
                     WHEN (EXISTS ( SELECT
                        FROM kit_component c
                       WHERE ((c.kit_id = item_rules_refresh.one) AND (c.valid_until IS NULL)))) THEN 8
                     ELSE 0
                 END))::smallint AS rules
            FROM about a) n
   WHERE ((i.item_id = item_rules_refresh.one) AND (((i.safety_stock IS DISTINCT FROM n.safety_stock) OR (i.threshold IS DISTINCT FROM n.threshold)) OR (i.rules IS DISTINCT FROM n.rules)));
END;

CREATE FUNCTION item_rules_refresh(one bigint) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT item_rules_refresh(one, clock_timestamp()) AS item_rules_refresh;
END;

CREATE FUNCTION items_ruled_at(location integer) RETURNS bigint[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
    if exists (select from rules_in_force_at(location, transaction_timestamp()) r where r.item_id is null and r.kind in (3, 4)) then
        return array(select b.item_id from balance b where b.location_id = location);
    end if;
    return array(
        select distinct r.item_id from rules_in_force_at(location, transaction_timestamp()) r where r.item_id is not null);
end
$$;

CREATE FUNCTION kit_replace(kit text, part_skus text[], part_quantities bigint[], version_before bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION lag_buffer(seconds integer, since timestamp with time zone, sold_units double precision, sold_at timestamp with time zone, sold_since timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((seconds > 0) AND (sold_units > (0)::double precision)) THEN (LEAST(('1000000000'::numeric)::double precision, ceil((((((seconds)::double precision / (86400.0)::double precision) * sold_units) * power((0.5)::double precision, LEAST((1000)::double precision, (GREATEST((0)::double precision, date_part('epoch'::text, (since - sold_at))) / (1209600)::double precision)))) / (((14)::double precision / (0.6931471805599453)::double precision) * ((1)::double precision - power((0.5)::double precision, LEAST((1000)::double precision, (GREATEST((86400)::double precision, date_part('epoch'::text, (GREATEST(since, sold_at) - sold_since))) / (1209600)::double precision)))))))))::bigint ELSE (0)::bigint END;

CREATE FUNCTION last_lines(items bigint[], places integer[], instants timestamp with time zone[], unreserved boolean DEFAULT false) RETURNS TABLE(ord bigint, recorded_at timestamp with time zone, version bigint, on_hand bigint, reserved bigint, damaged bigint, inspection bigint, suspect bigint, in_transit bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
declare
    newest timestamptz := (select max(i) from unnest(instants) i);
    oldest timestamptz := (select min(i) from unnest(instants) i) - interval '1 month';
    reach interval := interval '1 month';
    span record;
    line record;
    is_found bool[] := array_fill(false, array[cardinality(items)]);
    missing int4 := cardinality(items);
begin
    while missing > 0 loop
        for line in
            select asked.ord, m.*
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select m.recorded_at, m.version, m.on_hand_after, m.reserved_after, m.damaged_after, m.inspection_after,
                       m.suspect_after, m.in_transit_after
                from movement m
                where m.item_id = asked.item_id and m.location_id = asked.location_id and m.recorded_at <= asked.instant
                  and m.recorded_at > oldest and m.recorded_at <= newest and (not unreserved or m.reserved_after = 0)
                order by m.recorded_at desc limit 1
            ) m
            where not is_found[asked.ord]
        loop
            is_found[line.ord] := true;
            missing := missing - 1;
            ord := line.ord;
            recorded_at := line.recorded_at;
            version := line.version;
            on_hand := line.on_hand_after;
            reserved := line.reserved_after;
            damaged := coalesce(line.damaged_after, 0);
            inspection := coalesce(line.inspection_after, 0);
            suspect := coalesce(line.suspect_after, 0);
            in_transit := coalesce(line.in_transit_after, 0);
            return next;
        end loop;
        if missing > 0 then
            if span is null then select * into span from ledger_span(); end if;
            exit when oldest < span.begins or span.begins is null;
            newest := least(oldest, span.ends);
            oldest := newest - reach;
            reach := reach * 2;
        end if;
    end loop;
end
$$;

CREATE TABLE movement (
    item_id bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    sequence bigint NOT NULL,
    units bigint NOT NULL,
    on_hand_after bigint NOT NULL,
    reserved_after bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    location_id integer NOT NULL,
    source_id integer NOT NULL,
    kind smallint NOT NULL,
    bucket smallint,
    counter_account smallint,
    damaged_after bigint,
    inspection_after bigint,
    suspect_after bigint,
    in_transit_after bigint,
    reserved_delta bigint,
    hold_expires_at timestamp with time zone,
    claimed_at timestamp with time zone,
    corrects bigint,
    kit_id bigint,
    actor_id integer,
    client_id integer,
    allocation_number smallint,
    event_id text NOT NULL COLLATE pg_catalog."C",
    reference text COLLATE pg_catalog."C",
    reason text,
    attributes text,
    count_id bytea,
    reservation_id bytea,
    transfer_id bytea,
    chain bytea NOT NULL
)
PARTITION BY RANGE (recorded_at);

CREATE FUNCTION ledger_span() RETURNS TABLE(begins timestamp with time zone, ends timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT min((COALESCE("substring"(b.bounds, 'FROM \(''([^'']+)''\)'::text), '1970-01-01 00:00:00+00'::text))::timestamp with time zone) AS min,
     max((COALESCE("substring"(b.bounds, 'TO \(''([^'']+)''\)'::text), '9999-12-31 00:00:00+00'::text))::timestamp with time zone) AS max
    FROM ((pg_inherits i
      JOIN pg_class c ON ((c.oid = i.inhrelid)))
      CROSS JOIN LATERAL ( SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds) b)
   WHERE (i.inhparent = ('movement'::regclass)::oid);
END;

CREATE FUNCTION movement_partitions_ensure(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql
    SET lock_timeout TO '2s'
    AS $$
declare
    first_month date := date_trunc('month', clock_timestamp() at time zone 'UTC')::date;
    month date;
    partition text;
    made int4 := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended(current_schema(), 7021001));
    for ahead in 0..months_ahead loop
        month := (first_month + make_interval(months => ahead))::date;
        partition := 'movement_' || to_char(month, 'YYYY_MM');
        if to_regclass(partition) is null then
            execute format('create table %I (like movement including defaults including constraints)', partition);
            execute format(
                'alter table movement attach partition %I for values from (%L) to (%L)',
                partition, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;

CREATE FUNCTION place_rule_quantity(rule_kind smallint, location integer, for_channel text) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
begin
    return coalesce((
        select r.quantity from stock_rules_at(location) r
        where r.item_id is null and r.kind = rule_kind and (r.channel is null or r.channel = for_channel)
        order by r.level, r.channel is null, r.quantity desc limit 1), 0);
end
$$;

CREATE FUNCTION place_rule_term(rule_kind smallint, location integer, for_channel text, for_method text) RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE TABLE location (
    location_id integer NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    mode text NOT NULL,
    can_pickup boolean NOT NULL,
    can_ship boolean NOT NULL,
    latitude double precision,
    longitude double precision,
    time_zone text NOT NULL,
    opening_hours text,
    lead_time_minutes bigint,
    daily_capacity bigint,
    priority bigint,
    cost_per_shipment_amount bigint,
    cost_per_shipment_currency text,
    cost_per_km_amount bigint,
    cost_per_km_currency text,
    pickup_window_hours bigint,
    late_pickup text DEFAULT 'exception'::text NOT NULL,
    safety_stock bigint DEFAULT 0 NOT NULL,
    threshold bigint DEFAULT 0 NOT NULL,
    rules smallint DEFAULT 0 NOT NULL,
    silence_limit_seconds integer,
    lag_buffer boolean DEFAULT false NOT NULL,
    silent_since timestamp with time zone,
    lag_seconds integer DEFAULT 0 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT location_check CHECK (((latitude IS NULL) = (longitude IS NULL))),
    CONSTRAINT location_check1 CHECK (((lag_seconds = 0) OR ((lag_seconds > 0) AND (silent_since IS NOT NULL)))),
    CONSTRAINT location_kind_check CHECK ((kind = ANY (ARRAY['store'::text, 'warehouse'::text, 'other'::text]))),
    CONSTRAINT location_late_pickup_check CHECK ((late_pickup = ANY (ARRAY['release'::text, 'exception'::text]))),
    CONSTRAINT location_latitude_check CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT location_longitude_check CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT location_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'shadow'::text]))),
    CONSTRAINT location_pickup_window_hours_check CHECK ((pickup_window_hours > 0)),
    CONSTRAINT location_silence_limit_seconds_check CHECK (((silence_limit_seconds >= 10) AND (silence_limit_seconds <= 86400))),
    CONSTRAINT location_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'closed'::text])))
);

CREATE FUNCTION place_rules_refresh(places integer[], instant timestamp with time zone) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 WITH covering AS (
          SELECT r.location_id,
             r.kind,
             r.channel,
             r.method,
             r.level,
             r.quantity,
             r.percent,
             r.starts_at,
             r.ends_at
            FROM stock_rule r
           WHERE ((r.valid_until IS NULL) AND (r.item_id IS NULL) AND (r.location_id IS NOT NULL))
         UNION ALL
          SELECT m.location_id,
             r.kind,
             r.channel,
             r.method,
             r.level,
             r.quantity,
             r.percent,
             r.starts_at,
             r.ends_at
            FROM (stock_rule r
              JOIN location_group_member m USING (group_id))
           WHERE ((r.valid_until IS NULL) AND (r.item_id IS NULL) AND (r.group_id IS NOT NULL))
         UNION ALL
          SELECT l_1.location_id,
             r.kind,
             r.channel,
             r.method,
             r.level,
             r.quantity,
             r.percent,
             r.starts_at,
             r.ends_at
            FROM (stock_rule r
              CROSS JOIN location l_1)
           WHERE ((r.valid_until IS NULL) AND (r.item_id IS NULL) AND (r.location_id IS NULL) AND (r.group_id IS NULL))
         ), known AS (
          SELECT c.location_id,
             c.kind,
             c.level,
             c.quantity,
             c.percent,
             ((c.channel IS NULL) AND (c.method IS NULL)) AS is_plain,
             ((c.starts_at > place_rules_refresh.instant) OR (c.ends_at IS NOT NULL)) AS is_timed
            FROM covering c
           WHERE (((place_rules_refresh.places IS NULL) OR (c.location_id = ANY (place_rules_refresh.places))) AND ((c.ends_at IS NULL) OR (c.ends_at > place_rules_refresh.instant)))
         ), ranked AS (
          SELECT k.location_id,
             k.kind,
             k.level,
             k.quantity,
             k.percent,
             k.is_plain,
             k.is_timed,
             COALESCE(k.is_timed, false) AS timed,
             rank() OVER (PARTITION BY k.location_id, k.kind, k.is_plain, COALESCE(k.is_timed, false) ORDER BY k.level) AS place
            FROM known k
         ), found AS (
          SELECT r.location_id,
             (max(r.quantity) FILTER (WHERE ((r.kind = 1) AND r.is_plain AND (NOT r.timed) AND (r.place = 1))) + ((max(r.percent) FILTER (WHERE ((r.kind = 1) AND r.is_plain AND (NOT r.timed) AND (r.place = 1))))::bigint << 40)) AS safety_stock,
             max(r.quantity) FILTER (WHERE ((r.kind = 2) AND r.is_plain AND (NOT r.timed) AND (r.place = 1))) AS threshold,
             COALESCE(bit_or(
                 CASE r.kind
                     WHEN 3 THEN 4
                     WHEN 4 THEN 128
                     ELSE (
                     CASE
                         WHEN (NOT r.is_plain) THEN (r.kind)::integer
                         WHEN r.timed THEN (16 << (r.kind)::integer)
                         ELSE 0
                     END |
                     CASE
                         WHEN (r.percent > 0) THEN 16
                         ELSE 0
                     END)
                 END), 0) AS rules
            FROM ranked r
           GROUP BY r.location_id
         )
  UPDATE location l SET safety_stock = COALESCE(f.safety_stock, (0)::bigint), threshold = COALESCE(f.threshold, (0)::bigint), rules = ((COALESCE(f.rules, 0) |
         CASE
             WHEN (l.lag_seconds > 0) THEN 8
             ELSE 0
         END))::smallint
    FROM (location p
      LEFT JOIN found f USING (location_id))
   WHERE ((p.location_id = l.location_id) AND ((place_rules_refresh.places IS NULL) OR (p.location_id = ANY (place_rules_refresh.places))) AND (((l.safety_stock IS DISTINCT FROM COALESCE(f.safety_stock, (0)::bigint)) OR (l.threshold IS DISTINCT FROM COALESCE(f.threshold, (0)::bigint))) OR (l.rules IS DISTINCT FROM ((COALESCE(f.rules, 0) |
         CASE
             WHEN (l.lag_seconds > 0) THEN 8
             ELSE 0
         END))::smallint)));
END;

CREATE FUNCTION place_rules_refresh(places integer[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT place_rules_refresh(places, clock_timestamp()) AS place_rules_refresh;
END;

CREATE FUNCTION promise_lines(items bigint[], places integer[], until timestamp with time zone) RETURNS TABLE(item_id bigint, location_id integer, reservation_id bytea, units bigint, reserved_delta bigint, hold_expires_at timestamp with time zone)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
declare
    since timestamptz[] := array_fill('-infinity'::timestamptz, array[cardinality(items)]);
    oldest timestamptz;
    line record;
begin
    for line in
        select l.ord, l.recorded_at
        from last_lines(items, places, array_fill(until, array[cardinality(items)]), true) l
    loop
        since[line.ord] := line.recorded_at;
    end loop;
    select min(s) into oldest from unnest(since) s;
    return query
    select asked.item_id, asked.location_id, m.reservation_id,
           case when m.bucket is null then m.units else m.reserved_delta end, m.reserved_delta, m.hold_expires_at
    from unnest(items, places, since) as asked(item_id, location_id, since)
    cross join lateral (
        select m.* from movement m
        where m.item_id = asked.item_id and m.location_id = asked.location_id and m.recorded_at > asked.since
          and m.recorded_at > oldest and m.recorded_at <= until and m.reservation_id is not null offset 0
    ) m;
end
$$;

CREATE FUNCTION refuse_outdated_batch() RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'the batch was decided on balances that have changed meanwhile'
        using errcode = 'HF001', hint = 'nothing is wrong: the batch is decided again';
end
$$;

CREATE FUNCTION ring_fenced(item bigint, location integer, for_channel text, own text) RETURNS bigint[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE FUNCTION ring_fenced(item bigint, location integer, for_channel text, for_method text, own text) RETURNS bigint[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE FUNCTION rules_in_force_at(location integer, instant timestamp with time zone) RETURNS TABLE(kind smallint, id text, item_id bigint, location_id integer, group_id integer, channel text, method text, quantity bigint, percent smallint, priority bigint, version bigint, level smallint, starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.method,
     r.quantity,
     r.percent,
     r.priority,
     r.version,
     r.level,
     r.starts_at,
     r.ends_at
    FROM stock_rule r
   WHERE ((r.valid_until IS NULL) AND (r.location_id = rules_in_force_at.location) AND ((r.starts_at IS NULL) OR (r.starts_at <= rules_in_force_at.instant)) AND ((r.ends_at IS NULL) OR (r.ends_at > rules_in_force_at.instant)))
 UNION ALL
  SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.method,
     r.quantity,
     r.percent,
     r.priority,
     r.version,
     r.level,
     r.starts_at,
     r.ends_at
    FROM (location_group_member m
      JOIN stock_rule r ON (((r.group_id = m.group_id) AND (r.valid_until IS NULL) AND (r.group_id IS NOT NULL))))
   WHERE ((m.location_id = rules_in_force_at.location) AND ((r.starts_at IS NULL) OR (r.starts_at <= rules_in_force_at.instant)) AND ((r.ends_at IS NULL) OR (r.ends_at > rules_in_force_at.instant)))
 UNION ALL
  SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.method,
     r.quantity,
     r.percent,
     r.priority,
     r.version,
     r.level,
     r.starts_at,
     r.ends_at
    FROM stock_rule r
   WHERE ((r.valid_until IS NULL) AND (r.location_id IS NULL) AND (r.group_id IS NULL) AND ((r.starts_at IS NULL) OR (r.starts_at <= rules_in_force_at.instant)) AND ((r.ends_at IS NULL) OR (r.ends_at > rules_in_force_at.instant)));
END;

CREATE FUNCTION rules_in_force_of(item bigint, location integer, instant timestamp with time zone) RETURNS TABLE(kind smallint, id text, item_id bigint, location_id integer, group_id integer, channel text, method text, quantity bigint, percent smallint, priority bigint, version bigint, level smallint, starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.method,
     r.quantity,
     r.percent,
     r.priority,
     r.version,
     r.level,
     r.starts_at,
     r.ends_at
    FROM rules_in_force_at(rules_in_force_of.location, rules_in_force_of.instant) r(kind, id, item_id, location_id, group_id, channel, method, quantity, percent, priority, version, level, starts_at, ends_at)
   WHERE (r.item_id = rules_in_force_of.item)
 UNION ALL
  SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.method,
     r.quantity,
     r.percent,
     r.priority,
     r.version,
     r.level,
     r.starts_at,
     r.ends_at
    FROM rules_in_force_at(rules_in_force_of.location, rules_in_force_of.instant) r(kind, id, item_id, location_id, group_id, channel, method, quantity, percent, priority, version, level, starts_at, ends_at)
   WHERE (r.item_id IS NULL);
END;

CREATE FUNCTION rules_of_balances(items bigint[], places integer[], for_channel text, for_method text) RETURNS TABLE(item_id bigint, location_id integer, safety_stock bigint, threshold bigint, is_restricted boolean, fences bigint[])
    LANGUAGE plpgsql STABLE ROWS 500 PARALLEL RESTRICTED
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_hashjoin TO 'on'
    SET enable_seqscan TO 'on'
    AS $$
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

CREATE FUNCTION sold_units_merged(units double precision, at timestamp with time zone, more double precision, more_at timestamp with time zone) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (more_at IS NULL) THEN units WHEN (at IS NULL) THEN more WHEN ((at - more_at) >= '336000:00:00'::interval) THEN units WHEN ((more_at - at) >= '336000:00:00'::interval) THEN more WHEN (at >= more_at) THEN (units + (more * power((0.5)::double precision, (date_part('epoch'::text, (at - more_at)) / (1209600)::double precision)))) ELSE (more + (units * power((0.5)::double precision, (date_part('epoch'::text, (more_at - at)) / (1209600)::double precision)))) END;

CREATE FUNCTION stock_rules_at(location integer) RETURNS TABLE(kind smallint, id text, item_id bigint, location_id integer, group_id integer, channel text, quantity bigint, priority bigint, version bigint, level smallint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.quantity,
     r.priority,
     r.version,
     r.level
    FROM rules_in_force_at(stock_rules_at.location, statement_timestamp()) r(kind, id, item_id, location_id, group_id, channel, method, quantity, percent, priority, version, level, starts_at, ends_at)
   WHERE ((r.method IS NULL) AND (r.kind < 4));
END;

CREATE FUNCTION stock_rules_of(item bigint, location integer) RETURNS TABLE(kind smallint, id text, item_id bigint, location_id integer, group_id integer, channel text, quantity bigint, priority bigint, version bigint, level smallint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.quantity,
     r.priority,
     r.version,
     r.level
    FROM stock_rules_at(stock_rules_of.location) r(kind, id, item_id, location_id, group_id, channel, quantity, priority, version, level)
   WHERE (r.item_id = stock_rules_of.item)
 UNION ALL
  SELECT r.kind,
     r.id,
     r.item_id,
     r.location_id,
     r.group_id,
     r.channel,
     r.quantity,
     r.priority,
     r.version,
     r.level
    FROM stock_rules_at(stock_rules_of.location) r(kind, id, item_id, location_id, group_id, channel, quantity, priority, version, level)
   WHERE (r.item_id IS NULL);
END;

CREATE FUNCTION units_occurred(items bigint[], places integer[], instants timestamp with time zone[]) RETURNS TABLE(item_id bigint, location_id integer, instant timestamp with time zone, on_hand bigint, damaged bigint, inspection bigint, suspect bigint, in_transit bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
declare
    day_later timestamptz[] := array(
        select i + interval '1 day' from unnest(instants) with ordinality as u(i, ord) order by ord);
    oldest timestamptz := (select min(i) from unnest(instants) i) - interval '5 minutes';
    first_late timestamptz := (select min(i) from unnest(day_later) i);
    newest timestamptz := (select max(i) from unnest(day_later) i);
begin
    return query
    select items[m.ord], places[m.ord], instants[m.ord],
           greatest(least(sum(m.on_hand), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.damaged), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.inspection), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.suspect), 2000000000000000000), -2000000000000000000)::int8,
           greatest(least(sum(m.in_transit), 2000000000000000000), -2000000000000000000)::int8
    from (
        select n as ord, 0::int8 as on_hand, 0::int8 as damaged, 0::int8 as inspection, 0::int8 as suspect,
               0::int8 as in_transit
        from generate_series(1, cardinality(items)) n
        union all
        select k.ord, k.on_hand, k.damaged, k.inspection, k.suspect, k.in_transit
        from last_lines(items, places, day_later) k
        union all
        select l.ord,
               case 1 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 2 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 3 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 4 when l.bucket then l.units when l.counter_account then -l.units else 0 end,
               case 5 when l.bucket then l.units when l.counter_account then -l.units else 0 end
        from (
            select asked.ord, d.bucket, d.counter_account, -d.units as units
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select d.bucket, d.counter_account, d.units from movement d
                where d.item_id = asked.item_id and d.location_id = asked.location_id
                  and d.recorded_at >= asked.instant - interval '5 minutes'
                  and d.recorded_at <= asked.instant + interval '1 day' and d.occurred_at > asked.instant
                  and d.recorded_at >= oldest and d.recorded_at <= newest offset 0
            ) d
            union all
            select asked.ord, e.bucket, e.counter_account, e.units
            from unnest(items, places, instants) with ordinality as asked(item_id, location_id, instant, ord)
            cross join lateral (
                select e.bucket, e.counter_account, e.units from movement e
                where e.item_id = asked.item_id and e.location_id = asked.location_id
                  and e.recorded_at > asked.instant + interval '1 day' and e.occurred_at <= asked.instant
                  and e.recorded_at - e.occurred_at > interval '1 day' and e.recorded_at > first_late offset 0
            ) e
        ) l
    ) m
    group by m.ord;
end
$$;

CREATE TABLE actor (
    actor_id integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE actor ALTER COLUMN actor_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME actor_actor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE alias (
    code_system text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    item_id bigint NOT NULL,
    units_per_code bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT alias_units_per_code_check CHECK (((units_per_code >= 1) AND (units_per_code <= 1000000)))
);

CREATE TABLE allocation (
    item_id bigint NOT NULL,
    reservation_id bytea NOT NULL,
    quantity bigint NOT NULL,
    open_units bigint NOT NULL,
    released bigint NOT NULL,
    fulfilled_by_request bigint NOT NULL,
    fulfilled_by_sale bigint NOT NULL,
    sold_without_line bigint DEFAULT 0 NOT NULL,
    sold_at timestamp with time zone,
    restock_pending bigint NOT NULL,
    returned bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    ready_at timestamp with time zone,
    ended_at timestamp with time zone,
    location_id integer NOT NULL,
    number smallint NOT NULL,
    line smallint NOT NULL,
    state smallint NOT NULL,
    cover_rank smallint NOT NULL,
    channel text COLLATE pg_catalog."C",
    CONSTRAINT allocation_open_units_check CHECK ((open_units >= 0)),
    CONSTRAINT allocation_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT allocation_released_check CHECK ((released >= 0)),
    CONSTRAINT allocation_restock_pending_check CHECK ((restock_pending >= 0))
)
WITH (fillfactor='85');

CREATE TABLE api_key (
    key_id text NOT NULL COLLATE pg_catalog."C",
    client text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    roles text[] NOT NULL,
    scopes text[] NOT NULL,
    locations text[],
    sources text[],
    secret_hash bytea NOT NULL,
    certificate bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by text COLLATE pg_catalog."C",
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    request text COLLATE pg_catalog."C",
    request_fingerprint bytea,
    CONSTRAINT api_key_certificate_check CHECK ((length(certificate) = 32)),
    CONSTRAINT api_key_secret_hash_check CHECK ((length(secret_hash) = 32))
);

CREATE TABLE audit_entry (
    sequence bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text COLLATE pg_catalog."C",
    action text NOT NULL,
    kind text NOT NULL,
    keys text[] NOT NULL COLLATE pg_catalog."C",
    object text,
    chain bytea NOT NULL
);

CREATE TABLE audit_head (
    only_row boolean DEFAULT true NOT NULL,
    sequence bigint NOT NULL,
    chain bytea NOT NULL,
    CONSTRAINT audit_head_only_row_check CHECK (only_row)
);

CREATE TABLE availability_told (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    band smallint NOT NULL,
    shown bigint NOT NULL
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE balance (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    on_hand bigint DEFAULT 0 NOT NULL,
    reserved bigint DEFAULT 0 NOT NULL,
    damaged bigint DEFAULT 0 NOT NULL,
    inspection bigint DEFAULT 0 NOT NULL,
    suspect bigint DEFAULT 0 NOT NULL,
    in_transit bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone,
    first_recorded_at timestamp with time zone,
    folded_until timestamp with time zone,
    next_expiry timestamp with time zone,
    counted_at timestamp with time zone,
    damaged_counted_at timestamp with time zone,
    inspection_counted_at timestamp with time zone,
    sold_units double precision,
    sold_at timestamp with time zone,
    sold_since timestamp with time zone,
    chain_head bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.05');

CREATE TABLE band_told (
    item_id bigint NOT NULL,
    group_id integer NOT NULL,
    band smallint NOT NULL
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE commit_log (
    xid xid8 DEFAULT pg_current_xact_id(),
    commit_id bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    last_recorded_at timestamp with time zone,
    lines integer NOT NULL,
    items bigint[],
    locations integer[],
    change_kinds smallint[],
    change_keys text[] COLLATE pg_catalog."C"
);

ALTER TABLE commit_log ALTER COLUMN commit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME commit_log_commit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE config_epoch (
    only_row boolean DEFAULT true NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT config_epoch_only_row_check CHECK (only_row)
);

CREATE TABLE count_line (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    bucket smallint NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    event_id text NOT NULL COLLATE pg_catalog."C",
    count_id bytea NOT NULL,
    is_stated boolean NOT NULL,
    quantity bigint NOT NULL,
    variance bigint NOT NULL,
    suspect_variance bigint NOT NULL,
    packed_units bigint DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone
);

CREATE TABLE count_task (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    reason text NOT NULL,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE cover_told (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    reservation_id bytea NOT NULL
);

CREATE TABLE event_key (
    source_id integer NOT NULL,
    verdict smallint NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    item_id bigint,
    recorded_at timestamp with time zone,
    version bigint,
    sequence bigint,
    location_id integer,
    fingerprint bytea NOT NULL
);

CREATE TABLE exception (
    exception_id bigint NOT NULL,
    type text NOT NULL,
    dedupe_key text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'open'::text NOT NULL,
    priority smallint DEFAULT 2 NOT NULL,
    owner text,
    source_id integer,
    event_id text,
    sku text COLLATE pg_catalog."C",
    code_system text COLLATE pg_catalog."C",
    code text COLLATE pg_catalog."C",
    location text COLLATE pg_catalog."C",
    problem text,
    pointer text,
    detail text NOT NULL,
    raw text,
    units bigint,
    sequence bigint,
    count_id bytea,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    assigned_at timestamp with time zone,
    resolved_at timestamp with time zone,
    resolved_by text,
    resolution text,
    action text,
    opened_xid xid8 DEFAULT pg_current_xact_id(),
    assigned_xid xid8,
    resolved_xid xid8,
    line_key text COLLATE pg_catalog."C",
    noted_at timestamp with time zone,
    decision bytea,
    CONSTRAINT exception_priority_check CHECK (((priority >= 1) AND (priority <= 3))),
    CONSTRAINT exception_status_check CHECK ((status = ANY (ARRAY['open'::text, 'assigned'::text, 'resolved'::text])))
);

ALTER TABLE exception ALTER COLUMN exception_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME exception_exception_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE exception_turn (
    exception_id bigint NOT NULL,
    decision bytea NOT NULL,
    until timestamp with time zone NOT NULL
);

CREATE TABLE expected_supply (
    supply_id bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    quantity bigint NOT NULL,
    expected_at timestamp with time zone NOT NULL,
    first_expected_at timestamp with time zone NOT NULL,
    reference text COLLATE pg_catalog."C",
    received bigint DEFAULT 0 NOT NULL,
    settled_at timestamp with time zone,
    version bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT expected_supply_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT expected_supply_received_check CHECK ((received >= 0))
);

ALTER TABLE expected_supply ALTER COLUMN supply_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME expected_supply_supply_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE export_day (
    kind text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    format integer NOT NULL,
    lines bigint NOT NULL,
    bytes bigint NOT NULL,
    first_sequence bigint,
    last_sequence bigint,
    sha256 bytea NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT export_day_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT export_day_kind_check CHECK ((kind = ANY (ARRAY['ledger'::text, 'balances'::text]))),
    CONSTRAINT export_day_lines_check CHECK ((lines >= 0))
);

CREATE TABLE feed_change (
    "position" bigint NOT NULL,
    ordinal integer NOT NULL,
    kind smallint NOT NULL,
    item_id bigint,
    location_id integer,
    group_id integer,
    band smallint,
    previous_band smallint,
    reservation_id bytea,
    status text,
    is_eligible boolean,
    on_hand bigint,
    reserved bigint,
    damaged bigint,
    inspection bigint,
    suspect bigint,
    in_transit bigint,
    version bigint,
    counted_at timestamp with time zone,
    as_of timestamp with time zone,
    safety_stock bigint,
    threshold bigint,
    fenced bigint[],
    is_kit boolean,
    lag_buffer bigint,
    kits_available bigint
);

CREATE TABLE feed_position (
    "position" bigint NOT NULL,
    commit_id bigint,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE feed_progress (
    is_only boolean DEFAULT true NOT NULL,
    high bigint DEFAULT 0 NOT NULL,
    gaps bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    gap_xids xid8[] DEFAULT '{}'::xid8[] NOT NULL,
    newest bigint DEFAULT 0 NOT NULL,
    oldest bigint DEFAULT 1 NOT NULL,
    told bigint DEFAULT 0 NOT NULL,
    telling bigint DEFAULT 0 NOT NULL,
    is_behind boolean DEFAULT false NOT NULL,
    told_until timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    trimmed_xid xid8,
    rules_until timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT feed_progress_is_only_check CHECK (is_only)
)
WITH (fillfactor='50');

CREATE TABLE feed_scan (
    scan_id bigint NOT NULL,
    item_id bigint,
    location_id integer,
    next_item bigint DEFAULT 0 NOT NULL,
    next_location integer DEFAULT 0 NOT NULL,
    is_silent boolean DEFAULT false NOT NULL,
    group_id integer
);

ALTER TABLE feed_scan ALTER COLUMN scan_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME feed_scan_scan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hold_expiry (
    item_id bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    units bigint NOT NULL,
    location_id integer NOT NULL
)
WITH (fillfactor='75', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE import (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    name text,
    format text,
    source text COLLATE pg_catalog."C",
    code_system text COLLATE pg_catalog."C",
    mapping_id text COLLATE pg_catalog."C",
    mapping text,
    digest bytea,
    is_spooled boolean NOT NULL,
    state text NOT NULL,
    bytes_received bigint DEFAULT 0 NOT NULL,
    records_total bigint,
    records_done bigint DEFAULT 0 NOT NULL,
    counts bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    skip_reasons text[] DEFAULT '{}'::text[] NOT NULL,
    skip_counts bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    reported integer DEFAULT 0 NOT NULL,
    is_report_truncated boolean DEFAULT false NOT NULL,
    problem_code text,
    problem_detail text,
    problem_line bigint,
    request_key text COLLATE pg_catalog."C",
    actor text COLLATE pg_catalog."C",
    request_fingerprint bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    touched_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    worker text,
    lease_until timestamp with time zone,
    is_dry_run boolean DEFAULT false NOT NULL,
    CONSTRAINT import_state_check CHECK ((state = ANY (ARRAY['receiving'::text, 'waiting'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE TABLE import_chunk (
    import_id text NOT NULL COLLATE pg_catalog."C",
    seq integer NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY import_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE import_figure (
    import_id text NOT NULL COLLATE pg_catalog."C",
    line bigint NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    as_of timestamp with time zone NOT NULL,
    location_id integer NOT NULL,
    item_id bigint NOT NULL,
    units bigint NOT NULL,
    raw text NOT NULL
);

CREATE TABLE import_mapping (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    body text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE import_reading (
    content bytea NOT NULL,
    reading bytea NOT NULL,
    received_at timestamp with time zone NOT NULL
);

CREATE TABLE import_report (
    import_id text NOT NULL COLLATE pg_catalog."C",
    line bigint NOT NULL,
    event_id text COLLATE pg_catalog."C",
    verdict text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    raw text NOT NULL
);

CREATE TABLE item_bin (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    bin text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE item_history (
    item_id bigint NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    name text NOT NULL,
    status text NOT NULL
);

ALTER TABLE item ALTER COLUMN item_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME item_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE kafka_dead_letter (
    topic text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    ordinal bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    bytes bigint NOT NULL,
    error text NOT NULL
);

CREATE TABLE kafka_topic (
    topic text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    ordinal bigint NOT NULL,
    events_sent bigint DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    missing_positions bigint DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    last_error text,
    lease_holder text,
    lease_until timestamp with time zone
)
WITH (fillfactor='50');

CREATE TABLE location_alias (
    code_system text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    location_id integer NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE location_group (
    group_id integer NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    channel text COLLATE pg_catalog."C",
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE location_group ALTER COLUMN group_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME location_group_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE location_heard (
    location_id integer NOT NULL,
    source_id integer NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    heard_through timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone
);

CREATE TABLE location_history (
    location_id integer NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    status text NOT NULL,
    mode text NOT NULL,
    can_pickup boolean NOT NULL,
    can_ship boolean NOT NULL,
    is_deleted boolean NOT NULL
);

CREATE TABLE location_lag_history (
    location_id integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    lag_seconds integer NOT NULL,
    silent_since timestamp with time zone
);

ALTER TABLE location ALTER COLUMN location_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME location_location_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE location_silence (
    location_id integer NOT NULL,
    silent_since timestamp with time zone NOT NULL,
    heard_at timestamp with time zone
);

CREATE TABLE packed_change (
    item_id bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    units bigint NOT NULL,
    location_id integer NOT NULL
);

CREATE TABLE parked_line (
    source_id integer NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    sku text COLLATE pg_catalog."C",
    code_system text COLLATE pg_catalog."C",
    code text COLLATE pg_catalog."C",
    location_system text COLLATE pg_catalog."C",
    location text NOT NULL COLLATE pg_catalog."C",
    to_location_system text COLLATE pg_catalog."C",
    to_location text COLLATE pg_catalog."C",
    fact bytea NOT NULL,
    actor_id integer,
    fingerprint bytea NOT NULL,
    raw text NOT NULL,
    parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    label text,
    CONSTRAINT parked_line_check CHECK (((sku IS NULL) <> (code IS NULL))),
    CONSTRAINT parked_line_label_check CHECK ((label = ANY (ARRAY['weight'::text, 'price'::text])))
);

CREATE TABLE pending_alarm (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    type text NOT NULL,
    instant timestamp with time zone NOT NULL,
    units bigint NOT NULL,
    count_id bytea,
    sequence bigint NOT NULL,
    noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    is_open boolean DEFAULT false NOT NULL
);

CREATE TABLE product_feed (
    name text NOT NULL COLLATE pg_catalog."C",
    format text NOT NULL,
    separator text NOT NULL,
    pickup_method text NOT NULL,
    group_id integer,
    channel text COLLATE pg_catalog."C",
    item_code_system text COLLATE pg_catalog."C",
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT product_feed_format_check CHECK ((format = 'googleLocalInventory'::text)),
    CONSTRAINT product_feed_pickup_method_check CHECK ((pickup_method = ANY (ARRAY['buy'::text, 'reserve'::text]))),
    CONSTRAINT product_feed_separator_check CHECK ((separator = ANY (ARRAY['comma'::text, 'tab'::text])))
);

CREATE TABLE proof_run (
    proof_id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    is_proved boolean NOT NULL,
    balances bigint NOT NULL,
    lines bigint NOT NULL,
    defects bigint NOT NULL,
    lines_without_balance bigint NOT NULL,
    events_without_line bigint NOT NULL,
    sum_of_accounts bigint NOT NULL,
    skus text[] NOT NULL,
    locations text[] NOT NULL,
    details text[] NOT NULL,
    audit_entries bigint NOT NULL,
    audit_defect text
);

ALTER TABLE proof_run ALTER COLUMN proof_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME proof_run_proof_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE reconciliation (
    reconciliation_id bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    as_of timestamp with time zone NOT NULL,
    source_id integer NOT NULL,
    in_flight_seconds integer NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    fingerprint bytea NOT NULL,
    status text NOT NULL,
    is_complete boolean NOT NULL,
    corrects boolean NOT NULL,
    is_authoritative boolean NOT NULL,
    lines bigint DEFAULT 0 NOT NULL,
    matched bigint DEFAULT 0 NOT NULL,
    within_tolerance bigint DEFAULT 0 NOT NULL,
    explained bigint DEFAULT 0 NOT NULL,
    variance bigint DEFAULT 0 NOT NULL,
    corrected bigint DEFAULT 0 NOT NULL,
    unknown bigint DEFAULT 0 NOT NULL,
    units_theirs bigint DEFAULT 0 NOT NULL,
    units_ours bigint DEFAULT 0 NOT NULL,
    absolute_variance bigint DEFAULT 0 NOT NULL,
    CONSTRAINT reconciliation_status_check CHECK ((status = ANY (ARRAY['comparing'::text, 'done'::text])))
);

CREATE TABLE reconciliation_line (
    reconciliation_id bytea NOT NULL,
    line integer NOT NULL,
    location_id integer,
    item_id bigint,
    theirs bigint NOT NULL,
    ours bigint,
    sequence bigint,
    figure_at timestamp with time zone,
    lines_in_flight integer,
    is_to_correct boolean DEFAULT false NOT NULL,
    is_awaiting boolean DEFAULT false NOT NULL,
    status text NOT NULL,
    because text,
    rule text COLLATE pg_catalog."C",
    sku text COLLATE pg_catalog."C",
    code_system text COLLATE pg_catalog."C",
    code text COLLATE pg_catalog."C",
    location text COLLATE pg_catalog."C",
    problem text,
    version bigint DEFAULT 0 NOT NULL,
    comparisons integer DEFAULT 0 NOT NULL,
    CONSTRAINT reconciliation_line_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'matched'::text, 'withinTolerance'::text, 'explained'::text, 'variance'::text, 'corrected'::text, 'unknown'::text])))
);

CREATE TABLE reconciliation_place (
    location_id integer NOT NULL,
    as_of timestamp with time zone NOT NULL,
    reconciliation_id bytea NOT NULL,
    matched bigint DEFAULT 0 NOT NULL,
    explained bigint DEFAULT 0 NOT NULL,
    discrepant bigint DEFAULT 0 NOT NULL,
    units_off bigint DEFAULT 0 NOT NULL
);

CREATE TABLE reconciliation_rule (
    id text NOT NULL COLLATE pg_catalog."C",
    source_id integer,
    location_id integer,
    tolerance_units bigint NOT NULL,
    tolerance_percent integer NOT NULL,
    auto_correct_units bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT reconciliation_rule_auto_correct_units_check CHECK ((auto_correct_units >= 0)),
    CONSTRAINT reconciliation_rule_tolerance_percent_check CHECK (((tolerance_percent >= 0) AND (tolerance_percent <= 100))),
    CONSTRAINT reconciliation_rule_tolerance_units_check CHECK ((tolerance_units >= 0))
);

CREATE TABLE repeated_event (
    location_id integer NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    source_id integer NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint,
    times bigint NOT NULL,
    CONSTRAINT repeated_event_times_check CHECK ((times > 0))
);

CREATE TABLE request_key (
    client_id integer NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint bytea NOT NULL,
    reservation_id bytea NOT NULL
);

CREATE TABLE reservation (
    reservation_id bytea NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    due_at timestamp with time zone NOT NULL,
    ready_by timestamp with time zone,
    pickup_by timestamp with time zone,
    arrived_at timestamp with time zone,
    claimed_until timestamp with time zone,
    renewals smallint NOT NULL,
    allocations_made smallint NOT NULL,
    is_open boolean NOT NULL,
    is_split boolean NOT NULL,
    late_noted boolean DEFAULT false NOT NULL,
    state text NOT NULL,
    method text NOT NULL,
    location text NOT NULL COLLATE pg_catalog."C",
    owner text COLLATE pg_catalog."C",
    client text COLLATE pg_catalog."C",
    reference text COLLATE pg_catalog."C",
    channel text COLLATE pg_catalog."C",
    pickup_code text COLLATE pg_catalog."C",
    arrival_place text,
    arrival_note text,
    claimed_by text,
    ship_latitude double precision,
    ship_longitude double precision,
    transfer_id bytea,
    shipping bytea,
    lines bytea NOT NULL,
    attributes bytea
)
WITH (fillfactor='85');

CREATE TABLE shipment (
    reservation_id bytea NOT NULL,
    units bigint NOT NULL,
    expires_at timestamp with time zone,
    distance_metres bigint,
    cost_amount bigint,
    location_id integer NOT NULL,
    day integer NOT NULL,
    objective text,
    cost_currency text COLLATE pg_catalog."C",
    CONSTRAINT shipment_units_check CHECK ((units > 0))
)
WITH (fillfactor='85');

CREATE TABLE source (
    source_id integer NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    name text,
    code_system text COLLATE pg_catalog."C",
    locations text[] DEFAULT '{}'::text[] NOT NULL,
    authority text DEFAULT 'advisory'::text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT source_authority_check CHECK ((authority = ANY (ARRAY['advisory'::text, 'authoritative'::text])))
);

ALTER TABLE source ALTER COLUMN source_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME source_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE stock_count (
    count_id bytea NOT NULL,
    source_id integer NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    location text NOT NULL COLLATE pg_catalog."C",
    counted_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    is_complete boolean NOT NULL,
    excludes_ready boolean NOT NULL,
    line_count integer NOT NULL,
    left_alone bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    status text NOT NULL,
    fingerprint bytea,
    actor text COLLATE pg_catalog."C",
    facts bytea[],
    raws text[],
    CONSTRAINT stock_count_status_check CHECK ((status = ANY (ARRAY['applying'::text, 'applied'::text])))
);

ALTER TABLE stock_rule ALTER COLUMN rule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME stock_rule_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE transfer (
    transfer_id bytea NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expected_at timestamp with time zone,
    first_expected_at timestamp with time zone,
    shipped_at timestamp with time zone,
    received_at timestamp with time zone,
    closed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    to_id integer NOT NULL,
    state text NOT NULL,
    from_location text COLLATE pg_catalog."C",
    to_location text NOT NULL COLLATE pg_catalog."C",
    reference text COLLATE pg_catalog."C",
    close_reason text,
    reservation_id bytea,
    lines bytea NOT NULL,
    CONSTRAINT transfer_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'shipped'::text, 'received'::text, 'closed'::text, 'cancelled'::text])))
)
WITH (fillfactor='85');

CREATE TABLE transfer_inbound (
    item_id bigint NOT NULL,
    location_id integer NOT NULL,
    transfer_id bytea NOT NULL,
    units bigint NOT NULL,
    expected_at timestamp with time zone,
    CONSTRAINT transfer_inbound_units_check CHECK ((units > 0))
);

CREATE TABLE webhook (
    id text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    description text NOT NULL,
    types text[] NOT NULL,
    sku text COLLATE pg_catalog."C",
    location text COLLATE pg_catalog."C",
    group_name text COLLATE pg_catalog."C",
    channel text COLLATE pg_catalog."C",
    batch_size integer NOT NULL,
    enabled boolean NOT NULL,
    client text COLLATE pg_catalog."C",
    reads_reservations boolean NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT webhook_batch_size_check CHECK (((batch_size >= 1) AND (batch_size <= 100)))
);

CREATE TABLE webhook_delivery (
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    message text NOT NULL,
    first_position bigint NOT NULL,
    first_ordinal bigint NOT NULL,
    last_position bigint NOT NULL,
    last_ordinal bigint NOT NULL,
    events bigint NOT NULL,
    attempt bigint NOT NULL,
    status bigint,
    milliseconds bigint NOT NULL,
    error text
);

ALTER TABLE webhook_delivery ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhook_delivery_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhook_secret (
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    valid_until timestamp with time zone,
    request text COLLATE pg_catalog."C",
    request_fingerprint bytea,
    CONSTRAINT webhook_secret_secret_check CHECK (((length(secret) >= 24) AND (length(secret) <= 64)))
);

ALTER TABLE webhook_secret ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME webhook_secret_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE webhook_set_aside (
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    ordinal bigint NOT NULL,
    keys text NOT NULL,
    attempts bigint NOT NULL,
    refused_at timestamp with time zone,
    next_attempt_at timestamp with time zone,
    error text,
    died_at timestamp with time zone
);

CREATE TABLE webhook_state (
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    generation bigint DEFAULT 1 NOT NULL,
    "position" bigint NOT NULL,
    ordinal bigint NOT NULL,
    planned_position bigint,
    planned_ordinal bigint,
    replay_position bigint,
    replay_ordinal bigint,
    replay_through_position bigint,
    replay_through_ordinal bigint,
    failures bigint DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    next_attempt_at timestamp with time zone,
    last_error text,
    paused_reason text,
    paused_at timestamp with time zone,
    lease_holder text,
    lease_until timestamp with time zone
)
WITH (fillfactor='50');

ALTER TABLE ONLY actor
    ADD CONSTRAINT actor_name_key UNIQUE (name);

ALTER TABLE ONLY actor
    ADD CONSTRAINT actor_pkey PRIMARY KEY (actor_id);

ALTER TABLE ONLY alias
    ADD CONSTRAINT alias_pkey PRIMARY KEY (code_system, code);

ALTER TABLE ONLY allocation
    ADD CONSTRAINT allocation_pkey PRIMARY KEY (item_id, location_id, reservation_id, number);

ALTER TABLE ONLY api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (sequence);

ALTER TABLE ONLY audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY availability_told
    ADD CONSTRAINT availability_told_pkey PRIMARY KEY (item_id, location_id);

ALTER TABLE ONLY balance
    ADD CONSTRAINT balance_pkey PRIMARY KEY (item_id, location_id);

ALTER TABLE ONLY band_told
    ADD CONSTRAINT band_told_pkey PRIMARY KEY (item_id, group_id);

ALTER TABLE ONLY commit_log
    ADD CONSTRAINT commit_log_pkey PRIMARY KEY (commit_id);

ALTER TABLE ONLY config_epoch
    ADD CONSTRAINT config_epoch_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY count_line
    ADD CONSTRAINT count_line_pkey PRIMARY KEY (item_id, location_id, bucket, counted_at, source, event_id);

ALTER TABLE ONLY count_task
    ADD CONSTRAINT count_task_pkey PRIMARY KEY (location_id, item_id);

ALTER TABLE ONLY cover_told
    ADD CONSTRAINT cover_told_pkey PRIMARY KEY (item_id, location_id, reservation_id);

ALTER TABLE ONLY event_key
    ADD CONSTRAINT event_key_pkey PRIMARY KEY (source_id, event_id);

ALTER TABLE ONLY exception
    ADD CONSTRAINT exception_pkey PRIMARY KEY (exception_id);

ALTER TABLE ONLY exception_turn
    ADD CONSTRAINT exception_turn_pkey PRIMARY KEY (exception_id);

ALTER TABLE ONLY expected_supply
    ADD CONSTRAINT expected_supply_id_key UNIQUE (id);

ALTER TABLE ONLY expected_supply
    ADD CONSTRAINT expected_supply_pkey PRIMARY KEY (supply_id);

ALTER TABLE ONLY export_day
    ADD CONSTRAINT export_day_pkey PRIMARY KEY (kind, day, format);

ALTER TABLE ONLY feed_change
    ADD CONSTRAINT feed_change_pkey PRIMARY KEY ("position", ordinal);

ALTER TABLE ONLY feed_position
    ADD CONSTRAINT feed_position_commit_id_key UNIQUE (commit_id);

ALTER TABLE ONLY feed_position
    ADD CONSTRAINT feed_position_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY feed_progress
    ADD CONSTRAINT feed_progress_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY feed_scan
    ADD CONSTRAINT feed_scan_pkey PRIMARY KEY (scan_id);

ALTER TABLE ONLY hold_expiry
    ADD CONSTRAINT hold_expiry_pkey PRIMARY KEY (item_id, location_id, expires_at);

ALTER TABLE ONLY import_chunk
    ADD CONSTRAINT import_chunk_pkey PRIMARY KEY (import_id, seq);

ALTER TABLE ONLY import_figure
    ADD CONSTRAINT import_figure_pkey PRIMARY KEY (import_id, line);

ALTER TABLE ONLY import_mapping
    ADD CONSTRAINT import_mapping_pkey PRIMARY KEY (id);

ALTER TABLE ONLY import
    ADD CONSTRAINT import_pkey PRIMARY KEY (id);

ALTER TABLE ONLY import_reading
    ADD CONSTRAINT import_reading_pkey PRIMARY KEY (content, reading);

ALTER TABLE ONLY import_report
    ADD CONSTRAINT import_report_pkey PRIMARY KEY (import_id, line);

ALTER TABLE ONLY item_bin
    ADD CONSTRAINT item_bin_pkey PRIMARY KEY (location_id, item_id);

ALTER TABLE ONLY item_history
    ADD CONSTRAINT item_history_pkey PRIMARY KEY (item_id, version);

ALTER TABLE ONLY item
    ADD CONSTRAINT item_pkey PRIMARY KEY (item_id);

ALTER TABLE ONLY item
    ADD CONSTRAINT item_sku_key UNIQUE (sku);

ALTER TABLE ONLY kafka_dead_letter
    ADD CONSTRAINT kafka_dead_letter_pkey PRIMARY KEY (topic, "position", ordinal);

ALTER TABLE ONLY kafka_topic
    ADD CONSTRAINT kafka_topic_pkey PRIMARY KEY (topic);

ALTER TABLE ONLY location_alias
    ADD CONSTRAINT location_alias_pkey PRIMARY KEY (code_system, code);

ALTER TABLE ONLY location_group_history
    ADD CONSTRAINT location_group_history_pkey PRIMARY KEY (group_id, version);

ALTER TABLE ONLY location_group
    ADD CONSTRAINT location_group_id_key UNIQUE (id);

ALTER TABLE ONLY location_group_member
    ADD CONSTRAINT location_group_member_pkey PRIMARY KEY (group_id, location_id);

ALTER TABLE ONLY location_group
    ADD CONSTRAINT location_group_pkey PRIMARY KEY (group_id);

ALTER TABLE ONLY location_heard
    ADD CONSTRAINT location_heard_pkey PRIMARY KEY (location_id, source_id);

ALTER TABLE ONLY location_history
    ADD CONSTRAINT location_history_pkey PRIMARY KEY (location_id, version);

ALTER TABLE ONLY location
    ADD CONSTRAINT location_id_key UNIQUE (id);

ALTER TABLE ONLY location_lag_history
    ADD CONSTRAINT location_lag_history_pkey PRIMARY KEY (location_id, recorded_at);

ALTER TABLE ONLY location
    ADD CONSTRAINT location_pkey PRIMARY KEY (location_id);

ALTER TABLE ONLY location_silence
    ADD CONSTRAINT location_silence_pkey PRIMARY KEY (location_id, silent_since);

ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (item_id, location_id, recorded_at, version);

ALTER TABLE ONLY packed_change
    ADD CONSTRAINT packed_change_pkey PRIMARY KEY (item_id, location_id, occurred_at);

ALTER TABLE ONLY parked_line
    ADD CONSTRAINT parked_line_pkey PRIMARY KEY (source_id, event_id);

ALTER TABLE ONLY pending_alarm
    ADD CONSTRAINT pending_alarm_pkey PRIMARY KEY (item_id, location_id, type);

ALTER TABLE ONLY product_feed
    ADD CONSTRAINT product_feed_pkey PRIMARY KEY (name);

ALTER TABLE ONLY proof_run
    ADD CONSTRAINT proof_run_pkey PRIMARY KEY (proof_id);

ALTER TABLE ONLY reconciliation_line
    ADD CONSTRAINT reconciliation_line_pkey PRIMARY KEY (reconciliation_id, line);

ALTER TABLE ONLY reconciliation
    ADD CONSTRAINT reconciliation_pkey PRIMARY KEY (reconciliation_id);

ALTER TABLE ONLY reconciliation_place
    ADD CONSTRAINT reconciliation_place_pkey PRIMARY KEY (location_id, as_of, reconciliation_id);

ALTER TABLE ONLY reconciliation_rule
    ADD CONSTRAINT reconciliation_rule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY reconciliation_rule
    ADD CONSTRAINT reconciliation_rule_scope UNIQUE NULLS NOT DISTINCT (location_id, source_id);

ALTER TABLE ONLY repeated_event
    ADD CONSTRAINT repeated_event_pkey PRIMARY KEY (location_id, noted_at, source_id, event_id);

ALTER TABLE ONLY request_key
    ADD CONSTRAINT request_key_pkey PRIMARY KEY (client_id, key);

ALTER TABLE ONLY reservation
    ADD CONSTRAINT reservation_pkey PRIMARY KEY (reservation_id);

ALTER TABLE ONLY shipment
    ADD CONSTRAINT shipment_pkey PRIMARY KEY (reservation_id, location_id);

ALTER TABLE ONLY source
    ADD CONSTRAINT source_id_key UNIQUE (id);

ALTER TABLE ONLY source
    ADD CONSTRAINT source_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY stock_count
    ADD CONSTRAINT stock_count_pkey PRIMARY KEY (count_id);

ALTER TABLE ONLY stock_rule
    ADD CONSTRAINT stock_rule_pkey PRIMARY KEY (rule_id);

ALTER TABLE ONLY transfer_inbound
    ADD CONSTRAINT transfer_inbound_pkey PRIMARY KEY (item_id, location_id, transfer_id);

ALTER TABLE ONLY transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (transfer_id);

ALTER TABLE ONLY webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (webhook_id, number);

ALTER TABLE ONLY webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY webhook_secret
    ADD CONSTRAINT webhook_secret_pkey PRIMARY KEY (webhook_id, number);

ALTER TABLE ONLY webhook_set_aside
    ADD CONSTRAINT webhook_set_aside_pkey PRIMARY KEY (webhook_id, "position", ordinal);

ALTER TABLE ONLY webhook_state
    ADD CONSTRAINT webhook_state_pkey PRIMARY KEY (webhook_id);

CREATE INDEX alias_item ON alias USING btree (item_id);

CREATE INDEX allocation_open ON allocation USING btree (item_id, location_id, cover_rank, created_at) WHERE (open_units > 0);

CREATE INDEX allocation_ready ON allocation USING btree (location_id, ready_at) WHERE (ready_at IS NOT NULL);

CREATE INDEX allocation_reservation ON allocation USING btree (reservation_id);

CREATE UNIQUE INDEX api_key_certificate ON api_key USING btree (certificate) WHERE ((certificate IS NOT NULL) AND (revoked_at IS NULL));

CREATE INDEX api_key_client ON api_key USING btree (client, key_id);

CREATE UNIQUE INDEX api_key_request ON api_key USING btree (request) WHERE (request IS NOT NULL);

CREATE INDEX audit_entry_actor ON audit_entry USING btree (actor, sequence) WHERE (actor IS NOT NULL);

CREATE INDEX audit_entry_at ON audit_entry USING btree (at);

CREATE INDEX audit_entry_keys ON audit_entry USING gin (keys);

CREATE INDEX audit_entry_kind ON audit_entry USING btree (kind, sequence);

CREATE INDEX balance_inspection ON balance USING btree (location_id, item_id) WHERE (inspection > 0);

CREATE INDEX balance_location_item ON balance USING btree (location_id, item_id);

CREATE INDEX commit_log_xid ON commit_log USING btree (xid);

CREATE INDEX count_line_count ON count_line USING btree (count_id, item_id);

CREATE INDEX count_line_location ON count_line USING btree (location_id, counted_at);

CREATE INDEX exception_key ON exception USING btree (dedupe_key, exception_id);

CREATE INDEX exception_open_age ON exception USING btree (opened_at, exception_id) WHERE (status <> 'resolved'::text);

CREATE UNIQUE INDEX exception_open_key ON exception USING btree (dedupe_key) WHERE (status <> 'resolved'::text);

CREATE INDEX exception_queue ON exception USING btree (priority, opened_at, exception_id) WHERE (status <> 'resolved'::text);

CREATE INDEX exception_rejected_line ON exception USING btree (source_id, line_key) WHERE ((type = 'rejectedLine'::text) AND (status <> 'resolved'::text));

CREATE INDEX expected_supply_item ON expected_supply USING btree (item_id, location_id, expected_at);

CREATE UNIQUE INDEX feed_scan_waiting ON feed_scan USING btree (COALESCE(item_id, (0)::bigint), COALESCE(location_id, 0), COALESCE(group_id, 0)) WHERE ((next_item = 0) AND (next_location = 0) AND (NOT is_silent));

CREATE INDEX hold_expiry_by_end ON hold_expiry USING btree (expires_at);

CREATE INDEX import_created ON import USING btree (created_at, id);

CREATE INDEX import_figure_place ON import_figure USING btree (import_id, source, as_of, location_id, item_id);

CREATE INDEX import_open ON import USING btree (created_at) WHERE (state = ANY (ARRAY['receiving'::text, 'waiting'::text, 'running'::text]));

CREATE UNIQUE INDEX import_request ON import USING btree (request_key) WHERE (request_key IS NOT NULL);

CREATE INDEX item_family ON item USING btree (family, sku) WHERE (family IS NOT NULL);

CREATE INDEX kit_component_kit ON kit_component USING btree (kit_id, "position");

CREATE INDEX kit_component_part ON kit_component USING btree (component_id) WHERE (valid_until IS NULL);

CREATE INDEX location_alias_location ON location_alias USING btree (location_id);

CREATE UNIQUE INDEX location_group_channel ON location_group USING btree (channel) WHERE (deleted_at IS NULL);

CREATE INDEX location_group_member_location ON location_group_member USING btree (location_id);

CREATE INDEX location_heard_source ON location_heard USING btree (source_id);

CREATE INDEX location_silent ON location USING btree (location_id) WHERE (silent_since IS NOT NULL);

CREATE INDEX movement_count ON ONLY movement USING btree (count_id) WHERE (count_id IS NOT NULL);

CREATE INDEX movement_late ON ONLY movement USING btree (item_id, location_id, recorded_at) WHERE ((recorded_at - occurred_at) > '1 day'::interval);

CREATE INDEX movement_late_location ON ONLY movement USING btree (location_id, occurred_at) WHERE ((recorded_at - occurred_at) > '1 day'::interval);

CREATE INDEX movement_location_recorded ON ONLY movement USING btree (location_id, recorded_at);

CREATE INDEX movement_reference ON ONLY movement USING btree (reference, recorded_at) WHERE (reference IS NOT NULL);

CREATE INDEX parked_line_code ON parked_line USING btree (code, code_system) WHERE (code IS NOT NULL);

CREATE INDEX parked_line_location ON parked_line USING btree (location);

CREATE INDEX parked_line_sku ON parked_line USING btree (sku) WHERE (sku IS NOT NULL);

CREATE INDEX parked_line_to_location ON parked_line USING btree (to_location) WHERE (to_location IS NOT NULL);

CREATE INDEX pending_alarm_waiting ON pending_alarm USING btree (noted_at) WHERE (NOT is_open);

CREATE INDEX reconciliation_event ON reconciliation USING btree (source_id, event_id);

CREATE INDEX reconciliation_line_awaiting ON reconciliation_line USING btree (reconciliation_id, location_id) WHERE is_awaiting;

CREATE INDEX reconciliation_newest ON reconciliation USING btree (created_at, reconciliation_id);

CREATE INDEX reconciliation_unfinished ON reconciliation USING btree (created_at) WHERE (status = 'comparing'::text);

CREATE INDEX reservation_client ON reservation USING btree (client, due_at, reservation_id) WHERE (client IS NOT NULL);

CREATE INDEX reservation_expiring ON reservation USING btree (expires_at) WHERE (state = 'held'::text);

CREATE INDEX reservation_holder ON reservation USING btree (owner) WHERE ((state = 'held'::text) AND (owner IS NOT NULL));

CREATE INDEX reservation_late ON reservation USING btree (pickup_by) WHERE (is_open AND (pickup_by IS NOT NULL) AND (NOT late_noted));

CREATE INDEX reservation_location ON reservation USING btree (location, due_at, reservation_id);

CREATE INDEX reservation_open ON reservation USING btree (location, due_at, reservation_id) WHERE is_open;

CREATE INDEX reservation_open_client ON reservation USING btree (client, due_at, reservation_id) WHERE (is_open AND (client IS NOT NULL));

CREATE INDEX reservation_open_due ON reservation USING btree (due_at, reservation_id) WHERE is_open;

CREATE INDEX reservation_open_owner ON reservation USING btree (owner, due_at, reservation_id) WHERE (is_open AND (owner IS NOT NULL));

CREATE INDEX reservation_open_split ON reservation USING btree (due_at, reservation_id) WHERE (is_open AND is_split);

CREATE INDEX reservation_owner ON reservation USING btree (owner, due_at, reservation_id) WHERE (owner IS NOT NULL);

CREATE UNIQUE INDEX reservation_pickup_code ON reservation USING btree (pickup_code) WHERE (is_open AND (pickup_code IS NOT NULL));

CREATE INDEX reservation_reference ON reservation USING btree (reference) WHERE (reference IS NOT NULL);

CREATE INDEX reservation_split ON reservation USING btree (due_at, reservation_id) WHERE is_split;

CREATE INDEX shipment_by_day ON shipment USING btree (day, location_id);

CREATE INDEX stock_count_complete ON stock_count USING btree (location, counted_at) WHERE is_complete;

CREATE INDEX stock_count_location ON stock_count USING btree (location, counted_at);

CREATE INDEX stock_count_unfinished ON stock_count USING btree (recorded_at) WHERE (status = 'applying'::text);

CREATE INDEX stock_rule_at_location ON stock_rule USING btree (location_id, item_id) WHERE ((valid_until IS NULL) AND (location_id IS NOT NULL));

CREATE UNIQUE INDEX stock_rule_current ON stock_rule USING btree (kind, id) WHERE (valid_until IS NULL);

CREATE INDEX stock_rule_ends ON stock_rule USING btree (ends_at) WHERE ((valid_until IS NULL) AND (ends_at IS NOT NULL));

CREATE INDEX stock_rule_everywhere ON stock_rule USING btree (item_id) WHERE ((valid_until IS NULL) AND (location_id IS NULL) AND (group_id IS NULL));

CREATE INDEX stock_rule_item ON stock_rule USING btree (item_id);

CREATE INDEX stock_rule_of_group ON stock_rule USING btree (group_id, item_id) WHERE ((valid_until IS NULL) AND (group_id IS NOT NULL));

CREATE INDEX stock_rule_settles ON stock_rule USING btree (settle_at) WHERE ((valid_until IS NULL) AND (settle_at IS NOT NULL));

CREATE INDEX stock_rule_starts ON stock_rule USING btree (starts_at) WHERE ((valid_until IS NULL) AND (starts_at IS NOT NULL));

CREATE UNIQUE INDEX stock_rule_versions ON stock_rule USING btree (kind, id, version);

CREATE INDEX transfer_from ON transfer USING btree (from_location, transfer_id);

CREATE INDEX transfer_inbound_transfer ON transfer_inbound USING btree (transfer_id);

CREATE INDEX transfer_open ON transfer USING btree (expected_at) WHERE (state = ANY (ARRAY['draft'::text, 'shipped'::text]));

CREATE INDEX transfer_reference ON transfer USING btree (reference) WHERE (reference IS NOT NULL);

CREATE INDEX transfer_to ON transfer USING btree (to_location, transfer_id);

CREATE INDEX webhook_dead_letter ON webhook_set_aside USING btree (webhook_id, died_at) WHERE (died_at IS NOT NULL);

CREATE UNIQUE INDEX webhook_secret_request ON webhook_secret USING btree (request) WHERE (request IS NOT NULL);

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

ALTER TABLE ONLY exception_turn
    ADD CONSTRAINT exception_turn_exception_id_fkey FOREIGN KEY (exception_id) REFERENCES exception(exception_id) ON DELETE CASCADE;

