/** Numbers as the window writes them, in one place so that they look alike everywhere. */

const grouped = new Intl.NumberFormat('en-US')

/** 12345 as '12,345'. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** '1 sentence', '2,077 sentences'. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A share between 0 and 1 as percent with one decimal, without the sign: '94.2'. */
export function formatPercent(share: number): string {
  return (share * 100).toFixed(1)
}

/** Seconds as a person would say them: 'under 1 s', '12 s', '3 min', '1 h 20 min'. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in decimal units, as disks are sold: '45.4 MB'. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
