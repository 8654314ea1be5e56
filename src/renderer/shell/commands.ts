import type { Component } from 'vue'

/** Something that can be run from the palette. */
export interface Command {
  id: string
  /** Heading it is listed under. */
  group: string
  title: string
  hint?: string
  shortcut?: string
  icon: Component
  run: () => void
}

/**
 * The commands that match what was typed: every word of the query occurs in title, hint or group; beginnings of words
 * count more, and the title more than the rest. In the given order where they match equally.
 */
export function matchCommands(commands: readonly Command[], query: string, limit: number): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return commands.slice(0, limit)
  return commands
    .map((command, order) => ({ command, order, score: score(command, words) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, limit)
    .map((entry) => entry.command)
}

function score(command: Command, words: readonly string[]): number {
  const title = command.title.toLowerCase()
  const rest = `${command.group} ${command.hint ?? ''}`.toLowerCase()
  let sum = 0
  for (const word of words) {
    const inTitle = occurrence(title, word)
    const elsewhere = occurrence(rest, word)
    if (inTitle === 0 && elsewhere === 0) return 0
    sum += Math.max(inTitle * 2, elsewhere)
  }
  return sum
}

function occurrence(text: string, word: string): number {
  const at = text.indexOf(word)
  if (at === -1) return 0
  if (at === 0) return 3
  return /[\s:(/.-]/.test(text[at - 1]!) ? 2 : 1
}
