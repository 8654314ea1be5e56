import { textOf } from '../textPart'
import { gemma4 } from './gemma4'

/** The text part of Gemma 4, which reads pictures too. */
export const gemma4Pictures = textOf({ ...gemma4, type: 'gemma4', title: 'Gemma 4 (pictures and text)' }, [gemma4])
