import type { GenericSchema } from 'valibot'

/**
 * What a field of the contract says of its values, so that a help text or a form repeats no range, choice or default by
 * hand.
 */
export interface FieldFacts {
  /** Its default; undefined if the contract has none. */
  default?: unknown
  choices?: readonly string[]
  whole?: boolean
  least?: number
  most?: number
  /** The value must be larger than this. */
  above?: number
  /** The value must be smaller than this. */
  below?: number
  /** Of a list: how many values it takes. */
  fewest?: number
  greatest?: number
  /** Of a list: what each value is. */
  item?: FieldFacts
}

/** The parts of a schema that are read here; valibot's own type of any schema names only the first. */
interface SchemaPart {
  type: string
  wrapped?: SchemaPart
  default?: unknown
  pipe?: readonly SchemaPart[]
  item?: SchemaPart
  options?: readonly unknown[]
  requirement?: unknown
}

/** @param schema a field: a number, a list of numbers or a choice, with or without a default */
export function fieldFacts(schema: GenericSchema): FieldFacts {
  return factsOf(schema)
}

/** Limits of this size only guard memory; help texts omit them. */
const boundless = 1e9

/** '1 to 20', 'at least 1', 'above 0, at most 1', 'linear, mlp': empty where anything goes. */
export function rangeText(facts: FieldFacts): string {
  if (facts.choices) return facts.choices.join(', ')
  if (facts.item) return listText(facts, rangeText(facts.item))
  const { least, above, below } = facts
  const most = facts.most !== undefined && facts.most < boundless ? facts.most : undefined
  if (least !== undefined && most !== undefined) return `${numberText(least)} to ${numberText(most)}`
  return [
    least !== undefined && (least !== 0 || below !== undefined) ? `at least ${numberText(least)}` : '',
    above === undefined ? '' : `above ${numberText(above)}`,
    most === undefined ? '' : `at most ${numberText(most)}`,
    below === undefined ? '' : `below ${numberText(below)}`
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** 'a whole number from 1 to 20', 'at most 2 numbers, each 1 to 4,096': what a value must be. */
export function requiredText(facts: FieldFacts): string {
  if (facts.item) return listText(facts, rangeText(facts.item))
  const kind = facts.whole ? 'a whole number' : 'a number'
  const { least, above, below } = facts
  const most = facts.most !== undefined && facts.most < boundless ? facts.most : undefined
  if (least !== undefined && above === undefined && below === undefined)
    return `${kind} from ${numberText(least)} ${most === undefined ? 'on' : `to ${numberText(most)}`}`
  const range = rangeText(facts)
  return range === '' ? kind : `${kind} ${range}`
}

/** As a person types a default: '256', '1/64, 1/32', 'first'. */
export function defaultText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(defaultText).join(',')
  if (typeof value === 'number' && value > 0 && value < 0.25 && Number.isInteger(Math.log2(value)))
    return `1/${1 / value}`
  return String(value)
}

/** 0.000001 and 1,000,000: no exponents. */
export function numberText(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 10 })
}

function listText({ fewest, greatest }: FieldFacts, each: string): string {
  const count =
    fewest !== undefined && fewest > 1 && greatest !== undefined
      ? `${fewest} to ${greatest} values`
      : greatest === undefined
        ? 'values'
        : `at most ${greatest} values`
  return each === '' ? count : `${count}, each ${each}`
}

function factsOf(part: SchemaPart): FieldFacts {
  if (part.pipe) return part.pipe.reduce<FieldFacts>((facts, step) => ({ ...facts, ...ofStep(step) }), {})
  if (part.wrapped) {
    const inner = factsOf(part.wrapped)
    return part.default === undefined || part.default === null ? inner : { ...inner, default: part.default }
  }
  if (part.type === 'array' && part.item) return { item: factsOf(part.item) }
  if (part.type === 'picklist') return { choices: (part.options ?? []).map(String) }
  return {}
}

/** What one step of a pipe adds; the first step is the schema that the others narrow. */
function ofStep(step: SchemaPart): FieldFacts {
  const { requirement } = step
  if (step.type === 'integer') return { whole: true }
  if (typeof requirement !== 'number') return factsOf(step)
  switch (step.type) {
    case 'min_value':
      return { least: requirement }
    case 'max_value':
      return { most: requirement }
    case 'gt_value':
      return { above: requirement }
    case 'lt_value':
      return { below: requirement }
    case 'min_length':
      return { fewest: requirement }
    case 'max_length':
      return { greatest: requirement }
    default:
      return {}
  }
}
