// Moments in a store's own time: what a datetime-local field says there, and what to put into one.

/** How far `zone` is ahead of UTC at an instant, in milliseconds. */
function offset(ms, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(ms);
  const read = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second) - Math.floor(ms / 1_000) * 1_000;
}

/** The instant that a clock in `zone` showed as `text` ("2026-11-28T06:25:00"); of an hour that came twice, the first. */
export function instantOf(text, zone = here()) {
  const shown = Date.parse(`${text}Z`);
  const guess = shown - offset(shown, zone);
  return new Date(shown - offset(guess, zone)).toISOString();
}

/** What a datetime-local field has to say for an instant in `zone`, to the second. */
export const fieldText = (iso, zone = here()) =>
  new Date(Date.parse(iso) + offset(Date.parse(iso), zone)).toISOString().slice(0, 19);

/** The zone of this device. */
export const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
