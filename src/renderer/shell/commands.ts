import type { ResultKindId, Results } from '@shared/results'
import type { Component } from 'vue'
import type { CostRequest } from '@/actions/action'
import { matchScore } from './matching'

/** Something that can be run from the palette. */
export interface Command {
  id: string
  /** Heading it is listed under. */
  group: string
  title: string
  /** Further words by which it is found. */
  words?: string | undefined
  hint?: string | undefined
  shortcut?: string | undefined
  icon: Component
  /** The work it starts, if that can be predicted. */
  cost?: (() => CostRequest | null) | undefined
  /** The answer of a question, where it is known: 'layer 3, 92 %'. */
  answer?: string | undefined
  /** The answer in the kept result of the same work. */
  answerIn?: ((result: Results[ResultKindId]) => string) | undefined
  run: () => void
}

/** The commands that match what was typed, the best first; in the given order where they match equally. */
export function matchCommands(commands: readonly Command[], query: string, limit: number): Command[] {
  if (query.trim() === '') return commands.slice(0, limit)
  return commands
    .map((command, order) => {
      const { title, words, hint, group } = command
      return { command, order, score: matchScore({ title, words, rest: `${group} ${hint ?? ''}` }, query) }
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, limit)
    .map(({ command }) => command)
}
