import type { ProbeResult } from '@shared/probe'
import { runLine, setUpOf } from '@shared/probeSetUp'
import type { Exported } from '@/stores/proofStore'

/** What an exported figure says of the probing run that it shows: how many words, of what, with which seed. */
export function exportedRun(result: ProbeResult): Required<Pick<Exported, 'run'>> {
  const line = runLine(setUpOf(result)).join(', ')
  return { run: { id: result.id, madeBy: line.charAt(0).toUpperCase() + line.slice(1) } }
}

/** What bands and whiskers of the figures of runs are. */
export const intervalNote = 'bands are 95 % bootstrap intervals'
