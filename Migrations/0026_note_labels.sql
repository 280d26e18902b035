-- Why:   a label with a weight or a price waits for its article, so that there is one exception for an article that nobody
--        knows, not one for each value. What it stands for is certain only once the article is known: a price says nothing
--        of an article that is kept by weight, and grams say nothing of one that is kept by piece.
-- Lock:  a column without default: a moment.
-- Old code: parks lines of prices under the label's own code, and neither reads nor writes the column.
--
-- label  'weight' or 'price': what is in the label that the line was sold by; null where its code is no label.

alter table parked_line add column label text check (label in ('weight', 'price'));
