import { textOf } from '../textPart'
import { siglipText } from './siglipText'

/** SigLIP as it is saved, with the part for pictures. */
export const siglip = textOf({ ...siglipText, type: 'siglip', title: 'SigLIP' }, [siglipText])
