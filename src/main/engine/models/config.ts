import { UserError } from '@shared/userError'
import type { Activation } from '../backends/kernels'

/** What the forward pass needs to know of a checkpoint, in one spelling for all families. */
export interface TransformerConfig {
  layers: number
  heads: number
  /** Of the residual stream. */
  width: number
  /** Of the MLP's hidden layer. */
  mlpWidth: number
  vocabulary: number
  maxTokens: number
  segments: number
  activation: Activation
  normEpsilon: number
}

/** A config.json with questions asked of it; every refusal names the file's field and its value. */
export class ConfigReader {
  constructor(private readonly json: Readonly<Record<string, unknown>>) {}

  count(field: string): number {
    const value = this.json[field]
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw new UserError(`config.json: '${field}' is ${JSON.stringify(value) ?? 'missing'}; a whole number above 0 is needed.`)
    }
    return value as number
  }

  number(field: string, fallback: number): number {
    const value = this.json[field] ?? fallback
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new UserError(`config.json: '${field}' is ${JSON.stringify(value)}; a number is needed.`)
    return value
  }

  text(field: string, fallback: string): string {
    const value = this.json[field] ?? fallback
    if (typeof value !== 'string') throw new UserError(`config.json: '${field}' is ${JSON.stringify(value)}; a text is needed.`)
    return value
  }

  /** Refuses a model that asks for something the forward pass does not do: never run approximately. */
  only(field: string, implemented: readonly unknown[]): void {
    const value = this.json[field]
    if (value === undefined || value === null || implemented.includes(value)) return
    throw new UserError(
      `config.json: '${field}' is ${JSON.stringify(value)}, which Layerscope does not implement; it knows ${implemented.map((v) => JSON.stringify(v)).join(', ')}.`
    )
  }

  /** `hidden_act` and its like, by the names Hugging Face uses. */
  activation(field: string, fallback: string): Activation {
    const name = this.text(field, fallback)
    const activation = Object.hasOwn(activationNames, name) ? activationNames[name] : undefined
    if (!activation) throw new UserError(`config.json: '${field}' is "${name}", an activation Layerscope does not know; it knows ${Object.keys(activationNames).join(', ')}.`)
    return activation
  }
}

const activationNames: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_fast: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh'
}
