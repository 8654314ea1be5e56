import { UserError } from '@shared/userError'

/** '64G' twice is '128G'. @throws UserError for what is not a size */
export function timesSize(size: string, times: number): string {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(size) ?? []
  if (number === undefined) throw new UserError(`--mem is '${size}'; it is a number with K, M, G or T: 64G.`)
  return times === 1 ? size : `${Math.ceil(Number(number) * times)}${unit!.toUpperCase()}`
}
