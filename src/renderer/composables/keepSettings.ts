import * as v from 'valibot'
import { watch, type Ref } from 'vue'
import { client } from '@/client'
import { changedValues, useViewSettings, type SettingValues } from '@/stores/viewSettings'
import { saveSoon } from './saveSoon'

/**
 * Reads a view's settings from the host's state and writes them there again whenever they change. They are part of the
 * view's address (`viewSettings.ts`).
 * @param key name of the entry
 * @param saved what was saved, each part with what it falls back on: one that cannot be read does not cost the others
 * @param settings a ref for each part; lists are replaced, not changed in place
 * @param here parts that belong to this computer and not to the view, such as folders: no link has them
 * @returns settled once they are restored
 */
export async function keepSettings<E extends v.ObjectEntries>(
  key: string,
  saved: v.ObjectSchema<E, undefined>,
  settings: { readonly [K in keyof E]: Ref<v.InferOutput<E[K]>> },
  here: readonly (keyof E & string)[] = []
): Promise<void> {
  type Values = { [K in keyof E]: v.InferOutput<E[K]> }
  const views = useViewSettings()
  const names = Object.keys(saved.entries) as (keyof E & string)[]
  const parse = (given: SettingValues): Values =>
    v.parse(saved, Object.fromEntries(names.map((name) => [name, given[name]]))) as Values
  const usual = parse({})
  const linkedNames = names.filter((name) => !here.includes(name))
  const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
  const given = state[key]
  const value = parse(typeof given === 'object' && given !== null ? (given as SettingValues) : {})
  for (const name of names) settings[name].value = value[name]
  if (linkedNames.length > 0)
    views.register(key, {
      read: () =>
        changedValues(
          usual,
          linkedNames.map((name) => [name, settings[name].value])
        ),
      write: (values) => {
        const wanted = parse(values)
        for (const name of linkedNames) settings[name].value = wanted[name]
      }
    })
  const { touch } = saveSoon(() => {
    const value = Object.fromEntries(names.map((name) => [name, settings[name].value]))
    // A view setting that cannot be stored is not worth interrupting anyone.
    client.call('state.save', { key, value }).catch(() => undefined)
  })
  watch(
    names.map((name) => settings[name]),
    touch
  )
}
