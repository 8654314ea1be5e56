import type { EditKind, Fitted, Intervention } from '@shared/intervention'

const editTitles: Record<EditKind, string> = {
  zero: 'zero',
  mean: 'its mean',
  resample: 'another token’s value',
  noise: 'added noise',
  patch: 'the value in another sentence',
  scale: 'scaled',
  add: 'an added direction',
  project: 'a subspace removed',
  erase: 'an erased concept',
  skip: 'left out'
}

const methodTitles: Record<Fitted['method'], string> = { leace: 'LEACE', inlp: 'INLP' }

/**
 * An intervention that the board has no switch for, in words; layers from 0 as on the rail, other places by the names
 * of their hooks.
 */
export function interventionTitle({ at, heads, neurons, tokens, edit, fitted }: Intervention): string {
  if (fitted)
    return (
      `${fitted.task} erased at layer ${fitted.layer} (${methodTitles[fitted.method]}, ` +
      `${counted(fitted.rank, 'direction')})`
    )
  const parts = [
    heads && `${counted(heads.length, 'head')} of`,
    neurons && `${counted(neurons.length, 'neuron')} of`,
    at,
    tokens && `at ${counted(tokens.length, 'token')}`
  ]
  return `${parts.filter(Boolean).join(' ')}: ${editTitles[edit.kind]}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
