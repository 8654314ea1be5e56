import { chooseTransport } from './chooseTransport'
import { createClient, type Client } from './client'

/** The one client of this window. */
export const client: Client = createClient(chooseTransport())
