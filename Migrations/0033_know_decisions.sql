-- Why:   a decision about an exception may be sent again by somebody who did not hear the answer. Another one of the same action,
--        to another item or with another number, was taken for the same, and answered as if it had been carried out.
-- Lock:  exception for an instant: a column without a default rewrites nothing.
-- Old code: leaves it NULL; then the action alone is compared, as it did.
--
-- exception.decision  SHA-256 of what the decision carried; NULL where nobody decided.

alter table exception add column decision bytea;
