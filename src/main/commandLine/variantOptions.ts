import type { GenericSchema } from 'valibot'
import { defaultText, fieldFacts, rangeText } from '@shared/fieldFacts'
import { UserError } from '@shared/userError'
import { fromField, text, type Option } from './option'

/** An option for a field that only some kinds have. */
export interface KindFlag {
  field: string
  argument: string
  description: string
  /** Parses a number, if it may be more than plain digits. */
  read?: (text: string) => number
}

/** The part of a `v.variant` on `kind` used here: the fields of each kind. */
export interface Kinds {
  readonly options: readonly { readonly entries: Readonly<Record<string, GenericSchema>> }[]
}

/** Options for the fields of several kinds; kinds, ranges and defaults come from the contract. */
export class VariantOptions<Name extends string> {
  private readonly kinds: ReadonlyMap<string, Readonly<Record<string, GenericSchema>>>

  /** @param noun what has the kinds: 'probe' */
  constructor(
    private readonly noun: string,
    schema: Kinds,
    private readonly flags: Readonly<Record<Name, KindFlag>>
  ) {
    this.kinds = new Map(schema.options.map(({ entries }) => [literalOf(entries.kind), entries]))
  }

  /** For a command's table of options: the texts as typed. */
  options(): Record<Name, Option<string | undefined>> {
    const entries = Object.entries<KindFlag>(this.flags).map(([name, flag]) => [name, this.option(flag)])
    return Object.fromEntries(entries) as Record<Name, Option<string | undefined>>
  }

  /** Option names by request field, for `parseRequest`. @param within the field that holds the kind */
  names(within: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries<KindFlag>(this.flags).map(([name, { field }]) => [`${within}.${field}`, name])
    )
  }

  /**
   * The fields set on the command line.
   * @throws UserError naming an option that the kind does not have, or an invalid value
   */
  read(kind: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    for (const [name, flag] of Object.entries<KindFlag>(this.flags)) {
      const typed = values[name]
      if (typeof typed !== 'string') continue
      const field = this.kinds.get(kind)?.[flag.field]
      if (!field)
        throw new UserError(
          `--${name} is not an option of the ${this.noun} '${kind}'; it belongs to ` +
            `${this.having(flag.field).join(', ')}.`
        )
      fields[flag.field] = fromField(field, flag.argument, flag.description, flag.read).read([typed], name, this.noun)
    }
    return fields
  }

  private having(field: string): string[] {
    return [...this.kinds].filter(([, fields]) => Object.hasOwn(fields, field)).map(([kind]) => kind)
  }

  private option({ field, argument, description }: KindFlag): Option<string | undefined> {
    const kinds = this.having(field)
    const facts = kinds.map((kind) => fieldFacts(this.kinds.get(kind)![field]!))
    return {
      ...text(argument, `${kinds.join(', ')}: ${description}`),
      range: byKind(kinds, facts.map(rangeText)),
      default: byKind(
        kinds,
        facts.map((fact) => (fact.default === undefined ? '' : defaultText(fact.default)))
      )
    }
  }
}

/** '256, of structural 20': the first kind's value, and those of other kinds that differ. */
function byKind(kinds: readonly string[], texts: readonly string[]): string {
  const [usual = ''] = texts
  const others = kinds.flatMap((kind, i) => (texts[i] === usual ? [] : [`of ${kind} ${texts[i]!}`]))
  return [usual, ...others].join(', ')
}

function literalOf(kind: GenericSchema | undefined): string {
  return kind && 'literal' in kind ? String(kind.literal) : ''
}
