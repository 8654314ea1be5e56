const grouped = new Intl.NumberFormat('en-US')

/** 12345 as '12,345'. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** '1 sentence', '2,077 sentences'. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
