import { methodFields, probeKinds, type ProbeKind } from '@shared/probeMethods'
import { tunableFields, type TuneRequest } from '@shared/tuning'
import { UserError } from '@shared/userError'
import { plainNumber, repeated, text } from './option'

/** What is to be tuned, as typed: values of C, or of an option by its name. */
export const tuneOption = repeated(
  text(
    'LIST',
    'choose options of the probe on a tenth of the training sentences that is held out (with --folds on inner ' +
      'folds); the test part is not used. Values of C, as 0.01,0.1,1, or of any of these: penalty=l2,l1 (linear), ' +
      'hidden=64,256,500x500, dropout=0,0.2, weight-decay=0,0.0001, learning-rate=0.001,0.0001 (probes trained ' +
      'by Adam), k=1,5,15, metric=euclidean,cosine (knn). All combinations are compared'
  )
)

/** @throws UserError for an option that this kind of probe does not have or that is not tuned, and for a wrong value */
export function tuneFromFlags(kind: ProbeKind, texts: readonly string[]): { tune?: TuneRequest } {
  if (texts.length === 0) return {}
  const fields = methodFields(kind).filter(([name]) => tunableFields(kind).includes(name))
  const values: Record<string, (number | string | number[])[]> = {}
  for (const given of texts) {
    const [flag, list] = given.includes('=')
      ? [given.slice(0, given.indexOf('=')), given.slice(given.indexOf('=') + 1)]
      : ['c', given]
    const [name, field] = fields.find(([, candidate]) => candidate.flag === flag) ?? []
    if (name === undefined || !field)
      throw new UserError(
        `--tune ${given}: a probe of the kind '${probeKinds[kind].title}' has no option '${flag}' to tune; it has ` +
          `${fields.map((each) => each[1].flag).join(', ') || 'none'}.`
      )
    values[name] = list.split(',').map((value) => read(value.trim(), field.type, given))
  }
  const [only] = Object.values(values)
  return { tune: Object.keys(values).join() === 'inverseRegularisation' ? (only as number[]) : values }
}

function read(value: string, type: 'number' | 'numbers' | 'choice', given: string): number | string | number[] {
  if (type === 'choice') return value
  const numbers = value === '' ? [] : value.split('x').map(plainNumber)
  if (numbers.some(Number.isNaN) || (type === 'number' && numbers.length !== 1))
    throw new UserError(`--tune ${given}: '${value}' is not a number; values are written with commas between them.`)
  return type === 'number' ? numbers[0]! : numbers
}
