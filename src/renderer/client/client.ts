import type { CallInput, CallName, CallOutput, EventName, Events } from '@shared/contract'

/** What the window knows of the other side: typed calls and events. Which host answers is the transport's business. */
export interface Client {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>
  /** Returns what ends the subscription. */
  on<E extends EventName>(name: E, listener: (payload: Events[E]) => void): () => void
}

/** What a transport has to supply; `Client` adds the types. */
export interface Transport {
  call(name: string, input: unknown): Promise<unknown>
  subscribe(listener: (name: string, payload: unknown) => void): () => void
}

/** Typed calls over a transport. Inputs may hold reactive state: a transport that cannot send it makes it plain. */
export function createClient(transport: Transport): Client {
  return {
    call: (name, input) => transport.call(name, input) as Promise<never>,
    on: (name, listener) =>
      transport.subscribe((event, payload) => {
        if (event === name) listener(payload as never)
      })
  }
}
