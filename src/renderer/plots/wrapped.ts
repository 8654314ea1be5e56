import { textWidth } from './svg'

/** Lines of a text that are not wider than `room`; its own line ends are kept. */
export function wrapped(text: string, room: number, fontSize: number): string[] {
  if (text.trim() === '') return []
  return text
    .trim()
    .split('\n')
    .flatMap((paragraph) =>
      paragraph.split(/\s+/).reduce<string[]>((lines, word) => {
        const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
        return lines.length > 0 && textWidth(longer, fontSize) <= room
          ? [...lines.slice(0, -1), longer]
          : [...lines, word]
      }, [])
    )
}
