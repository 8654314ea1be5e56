import * as v from 'valibot'
import { watch, type Ref } from 'vue'
import { client } from '@/client'

const saveDelayMs = 400

/**
 * Reads a view's settings from the host's state and writes them there again whenever they change.
 * @param key name of the entry
 * @param saved what was saved, each part with what it falls back on: one that cannot be read does not cost the others
 * @param settings a ref for each part; lists are replaced, not changed in place
 * @returns settled once they are restored
 */
export async function keepSettings<E extends v.ObjectEntries>(
  key: string,
  saved: v.ObjectSchema<E, undefined>,
  settings: { readonly [K in keyof E]: Ref<v.InferOutput<E[K]>> }
): Promise<void> {
  const names = Object.keys(saved.entries) as (keyof E & string)[]
  const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
  const given = state[key]
  const entries = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
  const value = v.parse(saved, Object.fromEntries(names.map((name) => [name, entries[name]]))) as {
    [K in keyof E]: v.InferOutput<E[K]>
  }
  for (const name of names) settings[name].value = value[name]
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    names.map((name) => settings[name]),
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const value = Object.fromEntries(names.map((name) => [name, settings[name].value]))
        // A view setting that cannot be stored is not worth interrupting anyone.
        client.call('state.save', { key, value }).catch(() => undefined)
      }, saveDelayMs)
    }
  )
}
