/** Figures as people read them. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value: number): string {
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : significant(value)} ${UNITS[unit]}`;
}

/** Microseconds. */
export function duration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${significant(us / 1_000)} ms`;
  if (us < 60_000_000) return `${significant(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

function significant(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}

export function count(value: number): string {
  return new Intl.NumberFormat("en").format(value);
}

/** A share of 1; a dash where there is none. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  if (share === 0) return "0 %";
  const value = share * 100;
  return value < 0.1 ? "< 0.1 %" : `${significant(value)} %`;
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Infinity, "year"],
];

/** How long ago, or in how long. */
export function relative(time: string | number | Date, now: number): string {
  let value = (new Date(time).getTime() - now) / 1_000;
  if (Math.abs(value) < 5) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(value) < size) {
      return new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" }).format(Math.trunc(value), unit);
    }
    value /= size;
  }
  return "";
}

/** Date and time in this browser's zone. */
export function exact(time: string | number | Date): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));
}

export function clock(time: string | number | Date): string {
  const date = new Date(time);
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 } as const;
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}
