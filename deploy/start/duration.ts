/**
 * Durations as people write them on a command line. Pure.
 */

const unit_ms = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `250ms`, `30s`, `1.5m`, `2h` as milliseconds; undefined for anything else or for zero. */
export const readDuration_ms = (text: string): number | undefined => {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  if (match === null) return undefined;
  const duration_ms = Number(match[1]) * unit_ms[match[2] as keyof typeof unit_ms];
  return duration_ms > 0 ? Math.round(duration_ms) : undefined;
};

/** A duration for a person: `45s`, `2m 05s`, `1h 02m`. */
export const showDuration = (duration_ms: number): string => {
  const all_s = Math.floor(Math.max(0, duration_ms) / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [
    Math.floor(all_s / 3_600),
    Math.floor(all_s / 60) % 60,
    all_s % 60,
  ];
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(seconds)}s` : `${seconds}s`;
};
