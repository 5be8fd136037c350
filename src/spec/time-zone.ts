/**
 * How far the clocks of a time zone are ahead of UTC at a moment, in milliseconds; undefined for a zone that is not known.
 * Absent, or empty: UTC. https://www.iana.org/time-zones
 */
export function zoneOffset(timeZone: string | undefined, at: number): number | undefined {
  if (timeZone === undefined || timeZone === '' || timeZone === 'UTC') return 0;
  const format = formatOf(timeZone);
  if (format === undefined) return undefined;
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A formatter is dear to make. */
function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
    return format;
  } catch {
    // Not a zone; what is made of that is the caller's.
    return undefined;
  }
}
