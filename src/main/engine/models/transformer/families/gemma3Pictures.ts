import { textOf } from '../textPart'
import { gemma3 } from './gemma3'

/** The text part of Gemma 3 from 4B on, which reads pictures too. */
export const gemma3Pictures = textOf({ ...gemma3, type: 'gemma3', title: 'Gemma 3 (pictures and text)' }, [gemma3])
