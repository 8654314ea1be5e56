import { textOf } from '../textPart'
import { gemma3n } from './gemma3n'

/** The text part of Gemma 3n, which reads pictures and hears sound too. */
export const gemma3nPictures = textOf({ ...gemma3n, type: 'gemma3n', title: 'Gemma 3n (pictures and text)' }, [gemma3n])
