import type { CodelengthChoice } from '@shared/codelength'

type CodelengthName = 'none' | 'online' | 'variational'

/** Which description length a run measures, as the window offers it. */
export const codelengths: { value: CodelengthName; title: string; hint: string }[] = [
  { value: 'none', title: 'None', hint: 'No description length' },
  {
    value: 'online',
    title: 'Online',
    hint: 'Bits to transmit the labels given the vectors (Voita & Titov 2020). Takes about twice as long.'
  },
  {
    value: 'variational',
    title: 'Variational',
    hint: 'The same by a probe that is sent with the labels, as small as it can be; for linear and MLP probes.'
  }
]

export function codelengthName(choice: CodelengthChoice): CodelengthName {
  return choice === 'variational' ? choice : choice ? 'online' : 'none'
}

export function codelengthNamed(name: CodelengthName): CodelengthChoice {
  return name === 'variational' ? name : name === 'online'
}
