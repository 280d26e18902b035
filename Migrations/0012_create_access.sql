-- Why:   a service that other machines reach has to know who calls. API keys are for machines that have no identity
--        provider to get tokens from.
-- Lock:  new table only.
-- Old code: there is none.
--
-- api_key       One row a key, ended ones too: the ledger and the audit log name their clients. Of the secret only a
--               SHA-256 is kept, which is enough for 256 random bits.
-- api_key.roles, scopes
--               What its client may do; names as in tokens.
-- api_key.locations, sources
--               What the client is bound to; NULL is not bound.
-- api_key.certificate
--               SHA-256 of a client certificate that may stand for the key.

create table api_key (
    key_id text collate "C" primary key,
    client text collate "C" not null,
    name text not null,
    roles text[] not null,
    scopes text[] not null,
    locations text[],
    sources text[],
    secret_hash bytea not null check (length(secret_hash) = 32),
    certificate bytea check (length(certificate) = 32),
    created_at timestamptz not null default clock_timestamp(),
    created_by text collate "C",
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index api_key_client on api_key (client, key_id);
create unique index api_key_certificate on api_key (certificate) where certificate is not null and revoked_at is null;
