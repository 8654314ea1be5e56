import type { RunPlan } from '../runs/plan'

/** The command that runs Layerscope as this process does, or as the plan says, in words. */
export function thisProgram({ program }: Pick<RunPlan, 'program'>): string[] {
  if (program === null) return [process.execPath, ...process.execArgv, process.argv[1]!]
  // The words that follow are the arguments of the shell's command line.
  return ['/bin/sh', '-c', `exec ${program} "$@"`, 'layerscope']
}

/** The same for a script of a shell. */
export function programInScript({ program }: Pick<RunPlan, 'program'>): string {
  return program ?? [process.execPath, ...process.execArgv, process.argv[1]!].map(shellWord).join(' ')
}

/** A word as a shell reads it, whatever is in it. */
export function shellWord(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
