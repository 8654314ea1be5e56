/** Raised in place of an answer that a newer request overtook. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/**
 * Returns a function that passes a promise through unless a newer one was given to it meanwhile: then it rejects with
 * `Superseded`, so that a slow old answer never replaces a new one.
 */
export function useLatest(): <T>(promise: Promise<T>) => Promise<T> {
  let newest = 0
  return async (promise) => {
    const mine = ++newest
    const settled = await promise.then(
      (value) => ({ ok: true as const, value }),
      (error: unknown) => ({ ok: false as const, error })
    )
    if (mine !== newest) throw new Superseded('A newer request overtook this one.')
    if (settled.ok) return settled.value
    throw settled.error
  }
}
