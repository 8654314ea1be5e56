import { quoted, UserError } from '@shared/userError'
import type { Activation } from '../../backends/kernels'

/** No extent of a tensor is larger: memory is addressed by 32-bit numbers. */
const largestCount = 2 ** 31 - 1

/**
 * Reads fields of a config.json; every refusal names the file's field and its value. A field may have
 * several spellings: the first that is there counts.
 */
export class ConfigReader {
  private readonly asked = new Set<string>()

  constructor(
    private readonly json: Readonly<Record<string, unknown>>,
    /** Of an object inside the file: the fields that lead to it. */
    private readonly path = ''
  ) {}

  /** A whole number above 0; refused where it is missing, unless there is a fallback. */
  count(field: string | readonly string[], fallback?: number): number {
    const [name, value] = this.find(field)
    const chosen = value ?? fallback
    if (!Number.isSafeInteger(chosen) || (chosen as number) < 1)
      throw this.wrong(name, value, 'expected a whole number above 0')
    if ((chosen as number) > largestCount)
      throw this.wrong(name, value, `expected a whole number of at most ${largestCount.toLocaleString('en-US')}`)
    return chosen as number
  }

  /** As `count`, null where the field is missing or null. */
  optionalCount(field: string | readonly string[]): number | null {
    const [, value] = this.find(field)
    return value === undefined ? null : this.count(field)
  }

  /** A whole number from 0 on. */
  wholeNumber(field: string, fallback: number): number {
    const [name, value] = this.find(field)
    const chosen = this.number(field, fallback)
    if (!Number.isSafeInteger(chosen) || chosen < 0) throw this.wrong(name, value, 'expected a whole number from 0 on')
    return chosen
  }

  /** A list of numbers, or one number as a list of one; null where the field is missing. */
  numbers(field: string): number[] | null {
    const [name, value] = this.find(field)
    if (value === undefined) return null
    const all: unknown[] = Array.isArray(value) ? value : [value]
    if (!all.length || !all.every((entry): entry is number => typeof entry === 'number' && Number.isFinite(entry)))
      throw this.wrong(name, value, 'expected a number, or a list of numbers')
    return all
  }

  number(field: string | readonly string[], fallback?: number): number {
    const [name, value] = this.find(field)
    const chosen = value ?? fallback
    if (typeof chosen !== 'number' || !Number.isFinite(chosen)) throw this.wrong(name, value, 'expected a number')
    return chosen
  }

  /** What a norm adds to a variance: below 0 its square root is not a number. */
  epsilon(field: string | readonly string[], fallback: number): number {
    const [name, value] = this.find(field)
    const chosen = this.number(field, fallback)
    if (chosen < 0) throw this.wrong(name, value, 'expected a number of at least 0')
    return chosen
  }

  /** A number above 0, such as a scale. */
  positive(field: string | readonly string[], fallback?: number): number {
    const [name, value] = this.find(field)
    const chosen = this.number(field, fallback)
    if (chosen <= 0) throw this.wrong(name, value, 'expected a number above 0')
    return chosen
  }

  optionalNumber(field: string | readonly string[]): number | null {
    const [, value] = this.find(field)
    return value === undefined ? null : this.number(field)
  }

  optionalPositive(field: string | readonly string[]): number | null {
    const [, value] = this.find(field)
    return value === undefined ? null : this.positive(field)
  }

  text(field: string | readonly string[], fallback: string): string {
    const [name, value = fallback] = this.find(field)
    if (typeof value !== 'string') throw this.wrong(name, value, 'expected a string')
    return value
  }

  flag(field: string, fallback: boolean): boolean {
    const [name, value = fallback] = this.find(field)
    if (typeof value !== 'boolean') throw this.wrong(name, value, 'expected true or false')
    return value
  }

  /** A list of texts; null where the field is missing. */
  texts(field: string): string[] | null {
    const [name, value] = this.find(field)
    if (value === undefined) return null
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
      throw this.wrong(name, value, 'expected a list of strings')
    return value
  }

  /** A list of whole numbers from 0 on; null where the field is missing. */
  integers(field: string): number[] | null {
    const [name, value] = this.find(field)
    if (value === undefined) return null
    const whole = (entry: unknown): entry is number => Number.isSafeInteger(entry) && (entry as number) >= 0
    if (!Array.isArray(value) || !value.every(whole)) throw this.wrong(name, value, 'expected a list of whole numbers')
    return value
  }

  /** A reader of the object at a field; null where the field is missing. */
  object(field: string | readonly string[]): ConfigReader | null {
    const [name, value] = this.find(field)
    if (value === undefined) return null
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.wrong(name, value, 'expected an object')
    return new ConfigReader(value as Record<string, unknown>, `${this.path}${name}.`)
  }

  isEmpty(): boolean {
    return Object.keys(this.json).length === 0
  }

  /** The fields of both; those of `more` count where both have them. */
  with(more: ConfigReader): ConfigReader {
    return new ConfigReader({ ...this.json, ...more.json }, more.path)
  }

  has(field: string): boolean {
    return this.find(field)[1] !== undefined
  }

  /** Whether the file has the field, be it null: then no default counts. */
  states(field: string): boolean {
    this.asked.add(field)
    return Object.hasOwn(this.json, field)
  }

  /** Whether anything asked for the field. */
  wasAsked(field: string): boolean {
    return this.asked.has(field)
  }

  /** The value as it is; undefined where the field is missing or null. */
  value(field: string): unknown {
    return this.find(field)[1]
  }

  /** Refuses a model that needs something the forward pass does not do: no model is run approximately. */
  only(field: string, implemented: readonly unknown[]): void {
    this.asked.add(field)
    const value = this.json[field]
    if (value === undefined || value === null || implemented.includes(value)) return
    throw this.refusal(
      field,
      `which Layerscope does not implement; it knows ${implemented.map((known) => JSON.stringify(known)).join(', ')}`
    )
  }

  /** A refusal that names the field and its value, for what `only` cannot say. */
  refusal(field: string, why: string): UserError {
    return new UserError(`config.json: ${this.fieldName(field)} is ${shown(this.json[field])}, ${why}.`)
  }

  /** `hidden_act` and its like, by the names Hugging Face uses. */
  activation(field: string | readonly string[], fallback: string): Activation {
    return this.activationNamed(this.find(field)[0], this.text(field, fallback))
  }

  /** The activation of a name read from a field. */
  activationNamed(field: string, name: string): Activation {
    const activation = Object.hasOwn(activationNames, name) ? activationNames[name] : undefined
    if (!activation)
      throw new UserError(
        `config.json: ${this.fieldName(field)} is ${quoted(name)}, an activation Layerscope does not know; it knows ` +
          `${Object.keys(activationNames).join(', ')}.`
      )
    return activation
  }

  private find(field: string | readonly string[]): [string, unknown] {
    const names = typeof field === 'string' ? [field] : field
    for (const name of names) {
      this.asked.add(name)
      const value = this.json[name]
      if (value !== undefined && value !== null) return [name, value]
    }
    return [names[0]!, undefined]
  }

  private wrong(name: string, value: unknown, needed: string): UserError {
    return new UserError(`config.json: ${this.fieldName(name)} is ${shown(value)}; ${needed}.`)
  }

  private fieldName(name: string): string {
    return `'${this.path}${name}'`
  }
}

/** A value as the file has it, short. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value)
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}

const activationNames: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'geluTanh',
  gelu_fast: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
  relu2: 'relu2',
  quick_gelu: 'quickGelu'
}
