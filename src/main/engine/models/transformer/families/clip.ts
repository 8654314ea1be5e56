import { textOf } from '../textPart'
import { clipText } from './clipText'

/** CLIP as it is saved, with the part for pictures. */
export const clip = textOf({ ...clipText, type: 'clip', title: 'CLIP' }, [clipText])
