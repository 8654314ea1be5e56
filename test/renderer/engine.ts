import type { CallInput, CallName, CallOutput, CallParsed, EventName, Events } from '@shared/contract'
import { parseCall } from '@shared/rpc/dispatch'
import { fromWireError, toWireError } from '@shared/rpc/errors'
import { nextTick } from 'vue'
import { afterEach, beforeEach } from 'vitest'
import { createClient, type Transport } from '@/client/client'
import { plain } from '@/client/plain'

export type Answers = {
  [N in CallName]?: (input: CallParsed<N>) => CallOutput<N> | Promise<CallOutput<N>>
}

/** A call that waits until the test answers it. */
export interface HeldCall<N extends CallName> {
  input: CallParsed<N>
  answer(output: CallOutput<N>): void
  fail(error: Error): void
}

/** Stores list what is kept as soon as they are there. */
const nothingKept: Answers = { 'results.list': () => [] }

/**
 * The other side of the window. It takes what Electron's bridge takes (inputs, answers and events are cloned), refuses
 * what the contract refuses, and answers what a test tells it to. A call that the real engine would have refused fails
 * the test, even where the window catches the error.
 */
export class FakeEngine implements Transport {
  answers: Answers = {}
  /** Every call the contract accepts, with the input as the window sent it. */
  readonly asked: { name: CallName; input: unknown }[] = []
  /** Why calls were refused before they reached an answer. */
  readonly refused: Error[] = []
  private readonly listeners = new Set<(name: string, payload: unknown) => void>()

  async call(name: string, input: unknown): Promise<unknown> {
    const call = this.accept(name, input)
    const answer = (this.answers[call.name] ?? nothingKept[call.name]) as ((input: unknown) => unknown) | undefined
    try {
      if (!answer) throw new Error(`Nothing answers ${name} here.`)
      return structuredClone(await answer(call.input))
    } catch (error) {
      throw fromWireError(toWireError(error))
    }
  }

  subscribe(listener: (name: string, payload: unknown) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit<E extends EventName>(name: E, payload: Events[E]): void {
    for (const listener of this.listeners) listener(name, structuredClone(payload))
  }

  /** From now on calls of that name wait for the test; they are listed in the order they come. */
  hold<N extends CallName>(name: N): HeldCall<N>[] {
    const held: HeldCall<N>[] = []
    const wait = (input: CallParsed<N>): Promise<CallOutput<N>> =>
      new Promise((answer, fail) => held.push({ input, answer, fail }))
    Object.assign(this.answers, { [name]: wait })
    return held
  }

  /** Inputs of every call of that name, in order. */
  inputs<N extends CallName>(name: N): CallInput<N>[] {
    return this.asked.filter((call) => call.name === name).map((call) => call.input as CallInput<N>)
  }

  reset(answers: Answers = {}): void {
    this.answers = answers
    this.asked.length = 0
    this.refused.length = 0
    this.listeners.clear()
  }

  private accept(name: string, input: unknown): ReturnType<typeof parseCall> {
    try {
      const sent: unknown = structuredClone(plain(input))
      const call = parseCall(name, sent)
      this.asked.push({ name: call.name, input: sent })
      return call
    } catch (error) {
      this.refused.push(error as Error)
      throw error
    }
  }
}

/** The engine of the file's tests. vitest.config.ts puts `client` in the place of the window's own. */
export const engine = new FakeEngine()
export const client = createClient(engine)

/** Lets answers that are there, and what watches them, take effect. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await nextTick()
}

beforeEach(() => engine.reset())
afterEach(() => {
  if (engine.refused[0]) throw engine.refused[0]
})
