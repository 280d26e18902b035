-- Why:   an order system keeps short texts with a reservation, such as the order's kind or who packs it as a gift.
-- Lock:  reservation for an instant: a column without a default rewrites nothing.
-- Old code: neither reads nor writes it, and leaves what is there.
--
-- attributes  As the program writes them; NULL where there are none. Never searched, and always read as a whole.

alter table reservation add column attributes bytea;
