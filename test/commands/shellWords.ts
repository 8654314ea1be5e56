/** The words of a line as a shell divides it: spaces, single and double quotes. */
export function words(line: string): string[] {
  return Array.from(line.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"']+)+/g), ([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? '')
  )
}
