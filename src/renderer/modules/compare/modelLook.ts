import type { MarkerName } from '@/plots/markers'

/** A model as it is drawn, whatever else is beside it. */
export interface ModelLook {
  colour: string
  marker: MarkerName
}
