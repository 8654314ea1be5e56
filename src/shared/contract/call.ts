import * as v from 'valibot'

/** A call of the contract: who answers it, what goes in, and what comes out. */
export interface Call<Where extends 'host' | 'engine', Input extends v.GenericSchema, Output> {
  /** `host`: files, dialogs, state. `engine`: everything that touches models and data. */
  where: Where
  input: Input
  /** Carries the output type only; it never has a value. */
  output?: Output
}

/** A call that the host answers. */
export function host<Output>() {
  return <Input extends v.GenericSchema>(input: Input): Call<'host', Input, Output> => ({ where: 'host', input })
}

/** A call that the engine answers. */
export function engine<Output>() {
  return <Input extends v.GenericSchema>(input: Input): Call<'engine', Input, Output> => ({ where: 'engine', input })
}

export const nothing = v.strictObject({})
