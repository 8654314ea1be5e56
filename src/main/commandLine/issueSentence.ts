import type { BaseIssue } from 'valibot'
import { numberText } from '@shared/fieldFacts'

/** A valibot issue as a clause that says what the value must be. */
export function issueText({ type, requirement, expected, message, input }: BaseIssue<unknown>): string {
  const counted = Array.isArray(input) ? 'values' : 'letters'
  if (typeof requirement === 'number') {
    const limit = numberText(requirement)
    switch (type) {
      case 'max_value':
        return `it must be at most ${limit}`
      case 'min_value':
        return `it must be at least ${limit}`
      case 'gt_value':
        return `it must be above ${limit}`
      case 'lt_value':
        return `it must be below ${limit}`
      case 'max_length':
        return `it can have at most ${limit} ${counted}`
      case 'min_length':
        return `it must have at least ${limit} ${counted}`
    }
  }
  if (type === 'integer') return 'it must be a whole number'
  if (type === 'number') return 'it must be a number'
  if (type === 'picklist' && expected)
    return `it can be ${Array.from(expected.matchAll(/"([^"]*)"/g), ([, choice]) => choice).join(', ')}`
  return message
}

/** '21' for a number, quoted for what is not one. */
export function typedText(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => String(item)).join(',')
  return typeof value === 'number' ? String(value) : `'${String(value)}'`
}
