import type { ViewId } from '@/modules/registry'
import type { Action } from './action'
import { ablationActions, pairActions } from './breaking'
import { adaptActions, compareActions, resultActions, runActions } from './further'
import { generalActions } from './general'
import { attentionActions, probeActions } from './reading'
import { projectionActions } from './shape'

/** The actions of one view, each with the view that has its button. */
function of<A extends Record<string, Action>>(view: ViewId, table: A): { [Id in keyof A]: Action } {
  return Object.fromEntries(Object.entries(table).map(([id, action]) => [id, { ...action, view }])) as {
    [Id in keyof A]: Action
  }
}

/** Everything that can be done in the window, each once. Adding an action is a line in the table of its view. */
export const actions = {
  ...(generalActions as { [Id in keyof typeof generalActions]: Action }),
  ...of('attention', attentionActions),
  ...of('probes', probeActions),
  ...of('projection', projectionActions),
  ...of('ablation', ablationActions),
  ...of('pairs', pairActions),
  ...of('compare', compareActions),
  ...of('adapt', adaptActions),
  ...of('runs', runActions),
  ...of('results', resultActions)
}

export type ActionId = keyof typeof actions

export const actionIds = Object.keys(actions) as readonly ActionId[]

/** The choices of a control that are actions, by what begins their ids. */
export function choicesOf(control: string): string[] {
  return actionIds.filter((id) => id.startsWith(`${control}:`)).map((id) => id.slice(control.length + 1))
}
