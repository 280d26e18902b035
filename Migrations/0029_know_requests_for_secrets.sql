-- Why:   a request for a key or a secret that is sent again must make no second one, and cannot be shown the first again.
-- Lock:  short exclusive locks on two small tables; nothing is rewritten.
-- Old code: leaves the columns empty, so that what it makes is made again when it is asked again.
--
-- api_key         request: the Idempotency-Key that it was made with, its client's name before it; request_fingerprint: of method,
--                 path and body.
-- webhook_secret  The same. A secret that has ended is deleted, and its request forgotten with it.

alter table api_key
    add column request text collate "C",
    add column request_fingerprint bytea;

create unique index api_key_request on api_key (request) where request is not null;

alter table webhook_secret
    add column request text collate "C",
    add column request_fingerprint bytea;

create unique index webhook_secret_request on webhook_secret (request) where request is not null;
