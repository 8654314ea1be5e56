import { shallowReactive } from 'vue'
import type { CostRequest } from './action'

/** What does an action while it is on screen: its button, or the shell for what works everywhere. */
export interface ActionHandler {
  run(): void
  isEnabled(): boolean
  /** What it does now, where that depends: 'Dark theme'. */
  title?(): string
  /** What it would ask of the engine now; null while that is not known or costs nothing. */
  cost?(): CostRequest | null
}

/** A control of the view that is shown, which names its own choices: 'Method: PCA'. */
export interface ShownChoice {
  title: string
  run(): void
}

const handlers = shallowReactive(new Map<string, readonly ActionHandler[]>())
const choices = shallowReactive(new Map<symbol, () => readonly ShownChoice[]>())

/**
 * Says what does an action from now on.
 * @returns ends it
 */
export function handle(id: string, handler: ActionHandler): () => void {
  handlers.set(id, [...(handlers.get(id) ?? []), handler])
  return () => {
    const others = (handlers.get(id) ?? []).filter((one) => one !== handler)
    if (others.length > 0) handlers.set(id, others)
    else handlers.delete(id)
  }
}

/** What does an action now: of several the first that can; null where nothing on screen does. */
export function handlerOf(id: string): ActionHandler | null {
  const all = handlers.get(id) ?? []
  return all.find((handler) => handler.isEnabled()) ?? all[0] ?? null
}

/**
 * Offers the choices of a control while it is on screen.
 * @returns ends it
 */
export function offer(of: () => readonly ShownChoice[]): () => void {
  const key = Symbol('choices')
  choices.set(key, of)
  return () => choices.delete(key)
}

/** The choices of every control on screen. */
export function shownChoices(): ShownChoice[] {
  return [...choices.values()].flatMap((of) => of())
}
