-- Why:   whoever may change master data, rules and keys must be answerable for it: who did what and when, in an order that
--        nobody can rewrite unseen.
-- Lock:  new tables only.
-- Old code: there is none.
--
-- audit_entry  One row a change and kind of thing, written by the transaction that makes the change; a bulk load writes one
--              for all that it creates and one for all that it changes. Append-only: a trigger refuses all else. keys name
--              the things as paths of the API do; object is the thing after the change, NULL where it is deleted or there
--              are several. chain is a hash over the entry and the chain before it.
-- audit_head   The last entry's sequence and chain. Its row is locked by whoever appends, as the last of all locks, so that
--              the chain has one order.

create table audit_entry (
    sequence int8 primary key,
    at timestamptz not null,
    actor text collate "C",
    action text not null,
    kind text not null,
    keys text[] collate "C" not null,
    object text,
    chain bytea not null
);
create index audit_entry_keys on audit_entry using gin (keys);
create index audit_entry_kind on audit_entry (kind, sequence);
create index audit_entry_actor on audit_entry (actor, sequence) where actor is not null;
create index audit_entry_at on audit_entry (at);

create table audit_head (
    only_row boolean primary key default true check (only_row),
    sequence int8 not null,
    chain bytea not null
);
insert into audit_head (sequence, chain) values (0, decode(repeat('00', 32), 'hex'));

create function audit_refuse() returns trigger
    language plpgsql as
$$
begin
    raise exception 'the audit is append-only' using errcode = 'HF002';
end
$$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_refuse();

-- One field of what the chain covers: its length in bytes and itself, so that no two entries have the same bytes.
create function audit_field(value text) returns text
    language sql immutable parallel safe
    return coalesce(octet_length(value) || ':' || value, '-');

-- What is kept of an object: the columns of its row under the names that the API uses.
create function audit_object(stored jsonb) returns text
    language sql stable parallel safe
    return (
        select jsonb_object_agg(
            lower(left(key, 1)) || substr(replace(initcap(replace(key, '_', ' ')), ' ', ''), 2), value)::text
        from jsonb_each(stored));

-- Appends an entry. The same bytes as `AuditEntry.chained`; a test holds the two together.
create function audit_append(actor text, action text, kind text, keys text[], object text) returns int8
    language plpgsql as
$$
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
